// SPDX-License-Identifier: Apache-2.0

package topk

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/rex-go/rex/examples/internal/replay"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

func udp(src uint16, size int) []byte {
	return rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{SrcPort: src, DstPort: 53}, rextest.Payload(make([]byte, size)))
}

func TestCount(t *testing.T) {
	rextest.Reset(t)
	// Three large flows among a thousand small ones.
	exact := map[uint16]uint64{}
	total := uint64(0)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 5000 {
		port, size := uint16(100+rnd.IntN(1000)), 10
		if i%10 == 0 {
			port, size = uint16(1+rnd.IntN(3)), 400
		}
		pkt := udp(port, size)
		exact[port] += uint64(len(pkt))
		total += uint64(len(pkt))
		if verdict, _ := rextest.RunXDP(t, Count, pkt); verdict != xdp.Pass {
			t.Fatal(verdict)
		}
	}
	top := tops.Lookup(0)
	if top.N != K || top.Total != total {
		t.Errorf("%d flows, %d bytes of %d", top.N, top.Total, total)
	}
	found := map[uint16]bool{}
	for i, item := range top.Items {
		port := item.Flow.SrcPort.Get()
		if n := exact[port]; item.Bytes < n || item.Bytes-item.Over > n {
			t.Errorf("port %d: %d to %d bytes, not %d", port, item.Bytes-item.Over, item.Bytes, n)
		}
		if item.Flow.Src != rextest.SrcIP4.As4() || item.Flow.Proto != packet.ProtoUDP {
			t.Errorf("flow %+v", item.Flow)
		}
		if i > 0 && top.Items[(i-1)/2].Bytes > item.Bytes {
			t.Errorf("item %d is smaller than its parent", i)
		}
		found[port] = true
	}
	for port, n := range exact {
		if n > total/K && !found[port] {
			t.Errorf("port %d with %d of %d bytes is missing", port, n, total)
		}
	}
}

func TestParse(t *testing.T) {
	v4 := rextest.IPv4{Src: netip.MustParseAddr("192.0.2.9")}
	for name, c := range map[string]struct {
		pkt  []byte
		port uint16
		ok   bool
	}{
		"udp":      {udp(9, 0), 9, true},
		"tcp":      {rextest.Packet(rextest.Ethernet{}, rextest.VLAN{}, v4, rextest.TCP{SrcPort: 8}), 8, true},
		"icmp":     {rextest.Packet(rextest.Ethernet{}, v4, rextest.ICMP{}), 0, true},
		"fragment": {rextest.Packet(rextest.Ethernet{}, rextest.IPv4{FragmentOffset: 8, Protocol: packet.ProtoUDP}, rextest.Text("no ports")), 0, true},
		"ipv6":     {rextest.Packet(rextest.Ethernet{}, rextest.IPv6{}, rextest.UDP{}), 0, false},
		"short":    {udp(9, 0)[:20], 0, false},
	} {
		if f, ok := parse(c.pkt); ok != c.ok || f.SrcPort.Get() != c.port {
			t.Errorf("%s: %+v, %t", name, f, ok)
		}
	}
}

// TestCapture replays a few flows and looks at their order.
func TestCapture(t *testing.T) {
	rextest.Reset(t)
	c := replay.Open(t, "testdata/topk.pcap")
	bytes := map[uint16]uint64{}
	for i := range 30 {
		port, size := uint16(i%7+1), 10*(i%7)
		pkt := udp(port, size)
		bytes[port] += uint64(len(pkt))
		c.XDP(Count, pkt, xdp.Pass)
	}
	top := tops.Lookup(0)
	for _, item := range top.Items[:top.N] {
		if port := item.Flow.SrcPort.Get(); item.Bytes != bytes[port] || item.Over != 0 {
			t.Errorf("port %d: %d bytes, want %d", port, item.Bytes, bytes[port])
		}
	}
	if int(top.N) != len(bytes) {
		t.Errorf("%d flows, want %d", top.N, len(bytes))
	}
}
