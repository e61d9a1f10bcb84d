// SPDX-License-Identifier: Apache-2.0

package xdpcount

import (
	"testing"

	"github.com/rex-go/rex/examples/internal/replay"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

// count runs the program on a packet and returns the row that it was counted
// in.
func count(t *testing.T, pkt []byte) (xdp.Action, Proto) {
	t.Helper()
	before := rows()
	action, out := rextest.RunXDP(t, Count, pkt)
	if string(out) != string(pkt) {
		t.Error("the packet was changed")
	}
	row := NumProtos
	for p, c := range rows() {
		if c == before[p] {
			continue
		}
		if row != NumProtos {
			t.Fatalf("counted as %v and as %v", row, Proto(p))
		}
		row = Proto(p)
		if c.Packets != before[p].Packets+1 || c.Bytes != before[p].Bytes+uint64(len(pkt)) {
			t.Errorf("%v went from %v to %v for a packet of %d bytes", row, before[p], c, len(pkt))
		}
	}
	return action, row
}

// rows returns the table as user space reads it.
func rows() (total [NumProtos]Counter) {
	for p := range NumProtos {
		for _, c := range rextest.Values(stats, uint32(p)) {
			total[p].Packets += c.Packets
			total[p].Bytes += c.Bytes
		}
	}
	return total
}

func TestCount(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	if err := blocked.Insert(9999, 1); err != nil {
		t.Fatal(err)
	}
	type (
		E  = rextest.Ethernet
		V4 = rextest.IPv4
		V6 = rextest.IPv6
		X  = rextest.Extension
		L  = []rextest.Layer
	)
	good, bad := rextest.UDP{DstPort: 53}, rextest.UDP{DstPort: 9999}
	data := rextest.Text("some payload")
	for _, c := range []struct {
		name   string
		layers L
		want   Proto
	}{
		{"arp", L{E{}, rextest.ARP{}}, ARP},
		{"icmp", L{E{}, V4{}, rextest.ICMP{}, data}, ICMP},
		{"icmpv6", L{E{}, V6{}, rextest.ICMPv6{}, data}, ICMPv6},
		{"tcp", L{E{}, V4{}, rextest.TCP{DstPort: 9999}, data}, TCP},
		{"tcp over v6", L{E{}, V6{}, rextest.TCP{}, data}, TCP},
		{"udp", L{E{}, V4{}, good, data}, UDP},
		{"udp over v6", L{E{}, V6{}, good, data}, UDP},
		{"udp in vlan", L{E{}, rextest.VLAN{ID: 9}, V4{}, good, data}, UDP},
		{"udp with options", L{E{}, V4{Options: make([]byte, 40)}, good, data}, UDP},
		{"udp from a blocked port", L{E{}, V4{}, rextest.UDP{SrcPort: 9999, DstPort: 53}}, UDP},
		{"blocked", L{E{}, V4{}, bad, data}, Blocked},
		{"blocked over v6", L{E{}, V6{}, X{Type: packet.ProtoHopByHop}, bad, data}, Blocked},
		{"blocked in vlan", L{E{}, rextest.VLAN{Outer: true}, rextest.VLAN{}, V4{}, bad}, Blocked},
		{"blocked, first fragment", L{E{}, V4{MoreFragments: true}, bad, data}, Blocked},
		{"later fragment", L{E{}, V4{FragmentOffset: 8, Protocol: packet.ProtoUDP}, rextest.Payload("\x00\x00\x27\x0f\x00\x08\x00\x00")}, IPv4},
		{"later fragment over v6", L{E{}, V6{}, X{Type: packet.ProtoFragment, FragmentOffset: 8}, bad}, IPv6},
		{"other over v4", L{E{}, V4{Protocol: packet.ProtoSCTP}, data}, IPv4},
		{"other over v6", L{E{}, V6{}, data}, IPv6},
		{"other", L{E{Type: 0x88cc}, data}, Other},
		{"not v4", L{E{Type: packet.EtherTypeIPv4}, V6{}, good}, Other},
	} {
		t.Run(c.name, func(t *testing.T) {
			action, row := count(t, rextest.Packet(c.layers...))
			want := xdp.Pass
			if c.want == Blocked {
				want = xdp.Drop
			}
			if row != c.want || action != want {
				t.Errorf("counted as %v, verdict %v (expected %v, %v)", row, action, c.want, want)
			}
		})
	}
}

func TestUnblock(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	pkt := rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: 7})
	for _, step := range []struct {
		change func() error
		want   xdp.Action
	}{
		{func() error { return nil }, xdp.Pass},
		{func() error { return blocked.Update(7, 1) }, xdp.Drop},
		{func() error { return blocked.Delete(7) }, xdp.Pass},
	} {
		if err := step.change(); err != nil {
			t.Fatal(err)
		}
		if action, _ := rextest.RunXDP(t, Count, pkt); action != step.want {
			t.Errorf("verdict %v (expected %v)", action, step.want)
		}
	}
}

// TestPerCPU: packets that come in on several CPUs are counted apart.
func TestPerCPU(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	pkt := rextest.Packet(rextest.Ethernet{}, rextest.ARP{})
	for cpu := range uint32(rextest.NumCPU) {
		for range cpu {
			rextest.Frame{Data: pkt, CPU: cpu}.Run(t, Count)
		}
	}
	for cpu, c := range rextest.Values(stats, uint32(ARP)) {
		if c.Packets != uint64(cpu) {
			t.Errorf("cpu %d counted %d packets (expected %d)", cpu, c.Packets, cpu)
		}
	}
}

// TestCapture replays a packet for each row.
func TestCapture(t *testing.T) {
	rextest.Reset(t)
	if err := blocked.Insert(9999, 1); err != nil {
		t.Fatal(err)
	}
	type L = []rextest.Layer
	e, v4, v6, data := rextest.Ethernet{}, rextest.IPv4{}, rextest.IPv6{}, rextest.Text("some payload")
	c := replay.Open(t, "testdata/xdpcount.pcap")
	for _, p := range []struct {
		row    Proto
		layers L
	}{
		{ARP, L{e, rextest.ARP{}}},
		{ICMP, L{e, v4, rextest.ICMP{}, data}},
		{ICMPv6, L{e, v6, rextest.ICMPv6{}, data}},
		{TCP, L{e, v4, rextest.TCP{SrcPort: 4000, DstPort: 80}, data}},
		{UDP, L{e, rextest.VLAN{ID: 9}, v4, rextest.UDP{SrcPort: 4000, DstPort: 53}, data}},
		{Blocked, L{e, v6, rextest.UDP{SrcPort: 4000, DstPort: 9999}, data}},
		{IPv4, L{e, rextest.IPv4{Protocol: packet.ProtoSCTP}, data}},
		{Other, L{rextest.Ethernet{Type: 0x88cc}, data}},
	} {
		before, want := rows(), xdp.Pass
		if p.row == Blocked {
			want = xdp.Drop
		}
		c.XDP(Count, rextest.Packet(p.layers...), want)
		if got := rows()[p.row].Packets - before[p.row].Packets; got != 1 {
			t.Errorf("%v: counted %d", p.row, got)
		}
	}
}

// FuzzCount: whatever the packet, the program counts it once and does not
// panic.
func FuzzCount(f *testing.F) {
	pkt := rextest.Packet(rextest.Ethernet{}, rextest.VLAN{}, rextest.IPv6{},
		rextest.Extension{Type: packet.ProtoHopByHop}, rextest.UDP{DstPort: 9999})
	for n := range len(pkt) + 1 {
		f.Add(pkt[:n])
	}
	f.Fuzz(func(t *testing.T, pkt []byte) {
		if len(pkt) > rextest.MaxPacket {
			t.Skip("larger than a packet can be")
		}
		before := rows()
		action, _ := rextest.RunXDP(t, Count, pkt)
		if action != xdp.Pass {
			t.Errorf("verdict %v though no port is blocked", action)
		}
		var n uint64
		for p, c := range rows() {
			n += c.Packets - before[p].Packets
		}
		if n != 1 {
			t.Errorf("counted %d times", n)
		}
	})
}

func TestProtoString(t *testing.T) {
	if got := Other.String() + " " + Blocked.String() + " " + NumProtos.String(); got != "other blocked invalid" {
		t.Errorf("got %s", got)
	}
}
