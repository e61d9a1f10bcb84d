// SPDX-License-Identifier: Apache-2.0

package sni

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"testing/cryptotest"

	"github.com/rex-go/rex/examples/internal/replay"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

// hello returns the client hello of crypto/tls for a server name.
func hello(t testing.TB, name string) []byte {
	t.Helper()
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	go tls.Client(client, &tls.Config{ServerName: name, InsecureSkipVerify: name == ""}).HandshakeContext(context.Background())
	head := make([]byte, 5)
	if _, err := io.ReadFull(server, head); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, int(head[3])<<8|int(head[4]))
	if _, err := io.ReadFull(server, body); err != nil {
		t.Fatal(err)
	}
	return append(head, body...)
}

func list(t *testing.T, rule Rule, names ...string) {
	t.Helper()
	for _, n := range names {
		if err := rules.Update(Domain(n), rule); err != nil {
			t.Fatal(err)
		}
	}
}

// run sends a segment and returns the row that counted it, NumStats for none.
func run(t *testing.T, pkt []byte) (xdp.Action, int) {
	t.Helper()
	var before [NumStats]uint64
	for i := range before {
		before[i] = *stats.Lookup(uint32(i))
	}
	action, _ := rextest.RunXDP(t, Filter, pkt)
	for i := range before {
		if *stats.Lookup(uint32(i)) != before[i] {
			return action, i
		}
	}
	return action, NumStats
}

func segment(payload []byte) []byte {
	return rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.TCP{DstPort: 443, Flags: packet.TCPAck}, rextest.Payload(payload))
}

func TestFilter(t *testing.T) {
	rextest.Reset(t)
	long := strings.Repeat("a.", 40) + "blocked.test"
	list(t, Rule{}, "blocked.test", "bad.example.org")
	list(t, Rule{Allow: 1}, "fine.blocked.test")
	for name, row := range map[string]int{
		"blocked.test":             Dropped,
		"www.blocked.test":         Dropped,
		"WWW.Blocked.Test":         Dropped,
		long:                       Dropped,
		"fine.blocked.test":        Passed,
		"a.fine.blocked.test":      Passed,
		"notfine.blocked.test":     Dropped,
		"unblocked.test":           Passed,
		"test":                     Passed,
		"example.org":              Passed,
		"bad.example.org":          Dropped,
		"blocked.test.example.com": Passed,
		"":                         NoName,
	} {
		t.Run(name, func(t *testing.T) {
			action, got := run(t, segment(hello(t, name)))
			want := xdp.Pass
			if row == Dropped {
				want = xdp.Drop
			}
			if got != row || action != want {
				t.Errorf("row %d, verdict %v (expected %d, %v)", got, action, row, want)
			}
		})
	}
	if r := rules.Lookup(reverse([]byte("blocked.test"))); r == nil || r.Hits != 5 {
		t.Errorf("rule %+v (expected 5 hits)", r)
	}
}

func TestOtherPackets(t *testing.T) {
	rextest.Reset(t)
	list(t, Rule{}, "blocked.test")
	h := hello(t, "blocked.test")
	v6 := rextest.Packet(rextest.Ethernet{}, rextest.VLAN{}, rextest.IPv6{}, rextest.Extension{Type: packet.ProtoDstOpts}, rextest.TCP{}, rextest.Payload(h))
	if action, row := run(t, v6); action != xdp.Drop || row != Dropped {
		t.Errorf("IPv6 in a VLAN with an extension header: %v, row %d", action, row)
	}
	for name, pkt := range map[string][]byte{
		"udp":          rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{}, rextest.Payload(h)),
		"application":  segment([]byte("\x17\x03\x03\x00\x01\x01")),
		"server hello": segment([]byte("\x16\x03\x03\x00\x01\x02")),
		"no payload":   segment(nil),
	} {
		if action, row := run(t, pkt); action != xdp.Pass || row != NumStats {
			t.Errorf("%s: %v, row %d", name, action, row)
		}
	}
	// Cut anywhere, it is dropped when the whole name is there, and else
	// passed.
	whole := strings.Index(string(h), "blocked.test") + len("blocked.test")
	for n := range h {
		action, row := run(t, segment(h[:n]))
		switch {
		case n < 6 && row != NumStats, n >= 6 && n < whole && row != Malformed && row != NoName, n < whole && action != xdp.Pass:
			t.Fatalf("%d bytes of %d: %v, row %d", n, len(h), action, row)
		}
	}
}

// TestCapture replays handshakes that crypto/tls began.
func TestCapture(t *testing.T) {
	rextest.Reset(t)
	list(t, Rule{}, "blocked.test")
	list(t, Rule{Allow: 1}, "fine.blocked.test")
	cryptotest.SetGlobalRandom(t, 1)
	c := replay.Open(t, "testdata/sni.pcap")
	for _, h := range []struct {
		name string
		want xdp.Action
	}{
		{"example.org", xdp.Pass}, {"blocked.test", xdp.Drop}, {"www.blocked.test", xdp.Drop}, {"fine.blocked.test", xdp.Pass}, {"", xdp.Pass},
	} {
		// What crypto/tls says changes with its version.
		pkt := c.Next(func() []byte { return segment(hello(t, h.name)) })
		c.Run(Filter, pkt, h.want)
	}
}

// FuzzServerName: no hello makes it panic, and a name lies within it.
func FuzzServerName(f *testing.F) {
	h := hello(f, "example.com")[5:]
	f.Add(h)
	f.Add(h[:80])
	f.Fuzz(func(t *testing.T, hello []byte) {
		name, row := serverName(hello)
		if (row == Passed) != (len(name) > 0) || !strings.Contains(string(hello), string(name)) {
			t.Errorf("row %d, name %q", row, name)
		}
	})
}
