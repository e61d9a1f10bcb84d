// SPDX-License-Identifier: Apache-2.0

// Package wire_test sends real traffic through the examples that read protocols
// above UDP and TCP.
package wire_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf/link"

	"github.com/rex-go/rex/examples/dns"
	"github.com/rex-go/rex/examples/sni"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/netlab"
)

func TestMain(m *testing.M) { kit.Main(m) }

// start loads an example and attaches it to the near end of a veth pair.
func start(t *testing.T, name, program string, flags link.XDPAttachFlags, n int, setup func(*loader.Extension)) (*netlab.Pair, *loader.Extension) {
	t.Helper()
	kit.Need(t)
	pair, err := netlab.NewPair("rx"+name, n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pair.Close(); err != nil {
			t.Error(err)
		}
	})
	ext, err := loader.Load(kit.Object(t, name), loader.Options{})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	t.Cleanup(func() {
		if st, err := ext.Stats(); err != nil || st.Stopped || st.Panics+st.Timeouts+st.StackOverflows != 0 {
			t.Errorf("stats: %+v, %v", st, err)
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			for ev := range ext.Events(ctx) {
				t.Log(ev)
			}
		}
		if err := ext.Close(); err != nil {
			t.Error(err)
		}
	})
	setup(ext)
	iface, err := net.InterfaceByName(pair.Local)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ext.AttachXDP(program, iface.Index, flags); err != nil {
		t.Fatal(err)
	}
	if err := pair.Up(); err != nil {
		t.Fatal(err)
	}
	return pair, ext
}

func put(t *testing.T, ext *loader.Extension, name string, key, value any) {
	t.Helper()
	m, err := ext.Map(name)
	if err == nil {
		err = m.Put(key, value)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func sum(t *testing.T, ext *loader.Extension, i uint32) (n uint64) {
	t.Helper()
	var perCPU []uint64
	m, err := ext.Map("stats")
	if err == nil {
		err = m.Lookup(i, &perCPU)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range perCPU {
		n += v
	}
	return n
}

// TestVMDNS: Go's resolver gets its answers from the program, and other
// queries reach the server behind it.
func TestVMDNS(t *testing.T) {
	name := func(s string) dns.Name {
		n, err := dns.ParseName(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	// A veth pair's own XDP sends packets back only to an end that has XDP, too.
	pair, ext := start(t, "dns", "Answer", link.XDPGenericMode, 31, func(ext *loader.Extension) {
		put(t, ext, "zone", name("web.example.test"), dns.Record{Addr: [4]byte{192, 0, 2, 80}, TTL: 300})
		put(t, ext, "zone", name("www.example.test"), dns.Record{Alias: name("web.example.test")})
	})
	server, err := netlab.Listen(pair.LocalIP4, 53)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	to := net.JoinHostPort(pair.LocalIP4.String(), "53")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = pair.Do(func() error {
		for _, name := range []string{"web.example.test.", "WWW.Example.Test."} {
			for range 20 {
				addrs, err := lookup(ctx, to, name)
				if err != nil {
					return err
				}
				if want := []netip.Addr{netip.MustParseAddr("192.0.2.80")}; !slices.Equal(addrs, want) {
					return fmt.Errorf("%s: %v", name, addrs)
				}
			}
		}
		// A name that is not in the zone.
		conn, err := net.Dial("udp", to)
		if err != nil {
			return err
		}
		defer conn.Close()
		_, err = conn.Write([]byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x05other\x00\x00\x01\x00\x01"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for server.Received() == 0 && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	if a, u, n := sum(t, ext, dns.Answered), sum(t, ext, dns.Unknown), server.Received(); a != 40 || u != 1 || n != 1 {
		t.Errorf("%d answered, %d unknown, %d reached the server (expected 40, 1, 1)", a, u, n)
	}
}

// lookup resolves a name through a connection made here: the resolver would
// make its own on another thread, outside of the namespace.
func lookup(ctx context.Context, to, name string) ([]netip.Addr, error) {
	conn, err := net.Dial("udp", to)
	if err != nil {
		return nil, err
	}
	r := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return conn, nil }}
	return r.LookupNetIP(ctx, "ip4", name)
}

// certificate is one for any name, signed by itself.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestVMSNI: handshakes with allowed names succeed, with blocked ones they get
// no answer.
func TestVMSNI(t *testing.T) {
	pair, ext := start(t, "sni", "Filter", 0, 32, func(ext *loader.Extension) {
		put(t, ext, "rules", sni.Domain("blocked.test"), sni.Rule{})
		put(t, ext, "rules", sni.Domain("fine.blocked.test"), sni.Rule{Allow: 1})
	})
	for _, addr := range []netip.Addr{pair.LocalIP4, pair.LocalIP6} {
		ln, err := tls.Listen("tcp", netip.AddrPortFrom(addr, 443).String(), &tls.Config{Certificates: []tls.Certificate{certificate(t)}})
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		go func() {
			for {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				go conn.(*tls.Conn).Handshake()
			}
		}()
		for _, c := range []struct {
			name  string
			block bool
		}{{"example.com", false}, {"www.blocked.test", true}, {"a.fine.blocked.test", false}, {"blocked.test.example.com", false}, {"BLOCKED.test", true}} {
			before := sum(t, ext, sni.Dropped)
			var err error
			if e := pair.Do(func() error { err = handshake(ln.Addr().String(), c.name, c.block); return nil }); e != nil {
				t.Fatal(e)
			}
			dropped := sum(t, ext, sni.Dropped) - before
			// TCP may send the segments of an earlier one again meanwhile.
			if c.block && (dropped == 0 || !errors.Is(err, os.ErrDeadlineExceeded)) || !c.block && err != nil {
				t.Errorf("%s at %v: %v, %d segments dropped (blocked: %v)", c.name, addr, err, dropped, c.block)
			}
		}
	}
}

// handshake returns what becomes of a handshake. One that is to be blocked is
// not waited for as long as others.
func handshake(addr, name string, block bool) error {
	limit := time.Minute
	if block {
		limit = time.Second
	}
	conn, err := net.DialTimeout("tcp", addr, time.Minute)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	return tls.Client(conn, &tls.Config{ServerName: strings.ToLower(name), InsecureSkipVerify: true}).Handshake()
}
