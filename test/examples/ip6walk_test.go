// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/test/netlab"
)

// TestVMIP6Walk: the kernel's own extension headers, made by socket options, and
// chains from a raw socket are told apart, and the deprecated ones dropped.
func TestVMIP6Walk(t *testing.T) {
	pair := newPair(t, "rxiw", 53)
	const port = 9999
	server, err := netlab.Listen(pair.LocalIP6, port)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	a := start(t, "ip6walk", "-every", "1h", "-iface", pair.Local)
	to := &unix.SockaddrInet6{Port: port, Addr: pair.LocalIP6.As16()}
	options := make([]byte, 8) // an empty header: padding
	options[2], options[3] = 1, 4
	err = pair.Do(func() error {
		for _, opts := range [][]int{{}, {unix.IPV6_HOPOPTS}, {unix.IPV6_HOPOPTS, unix.IPV6_DSTOPTS}} {
			if err := sendWith(to, opts, options, 10); err != nil {
				return err
			}
		}
		return sendRouting0(pair.RemoteIP6, to, 10)
	})
	if err != nil {
		t.Fatal(err)
	}
	out := a.stop()
	for expr, want := range map[string]uint64{
		`(?m)^(\d+) +udp `: 10, `(?m)^(\d+) +hop-by-hop > udp `: 10, `(?m)^(\d+) +hop-by-hop > options > udp `: 10,
		`(?m)^(\d+) +routing +dropped: type 0 routing header`: 10,
	} {
		if got := number(t, out, expr); got != want {
			t.Errorf("%s: %d, want %d", expr, got, want)
		}
	}
	if got := server.Received(); got > 30 {
		t.Errorf("%d reached the server", got)
	}
}

// sendWith sends datagrams with extension headers.
func sendWith(to *unix.SockaddrInet6, opts []int, header []byte, n int) error {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for _, o := range opts {
		if err := unix.SetsockoptString(fd, unix.IPPROTO_IPV6, o, string(header)); err != nil {
			return err
		}
	}
	for range n {
		if err := unix.Sendto(fd, []byte("hello"), 0, to); err != nil {
			return err
		}
	}
	return nil
}

// sendRouting0 sends packets with a routing header that the kernel would not make:
// a raw socket's payload may begin with any header.
func sendRouting0(from netip.Addr, to *unix.SockaddrInet6, n int) error {
	conn, err := net.DialIP("ip6:43", &net.IPAddr{IP: from.AsSlice()}, &net.IPAddr{IP: to.Addr[:]})
	if err != nil {
		return err
	}
	defer conn.Close()
	packet := append([]byte{59, 2, 0, 1, 0, 0, 0, 0}, to.Addr[:]...) // type 0, one segment left, then nothing
	for range n {
		if _, err := conn.Write(packet); err != nil {
			return err
		}
	}
	return nil
}
