// SPDX-License-Identifier: Apache-2.0

package xdptest

import (
	"net/netip"
	"testing"

	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

var (
	me      = Host{IP: packet.IPv4Addr{192, 0, 2, 77}, MAC: packet.MAC{2, 0, 0, 0, 0, 77}}
	myIP    = netip.AddrFrom4(me.IP)
	request = rextest.Ethernet{Src: rextest.SrcMAC, Dst: me.MAC}
	answer  = rextest.Ethernet{Src: me.MAC, Dst: rextest.SrcMAC}
)

func TestAnswer(t *testing.T) {
	rextest.Reset(t)
	*host.Lookup(0) = me
	text := rextest.Text("some text, odd")
	toMe, fromMe := rextest.IPv4{Dst: myIP, TTL: 9}, rextest.IPv4{Src: myIP, Dst: rextest.SrcIP4}
	for _, c := range []struct {
		name      string
		in, reply []byte
		verdict   xdp.Action
		row       int
	}{
		{"arp", rextest.Packet(request, rextest.ARP{TargetIP: myIP, SenderMAC: rextest.SrcMAC, SenderIP: rextest.SrcIP4}),
			rextest.Packet(answer, rextest.ARP{Op: packet.ARPReply, SenderMAC: me.MAC, SenderIP: myIP, TargetMAC: rextest.SrcMAC, TargetIP: rextest.SrcIP4}), xdp.TX, ARP},
		{"ping", rextest.Packet(request, toMe, rextest.ICMP{ID: 5, Seq: 6}, text),
			rextest.Packet(answer, fromMe, rextest.ICMP{ID: 5, Seq: 6, Reply: true}, text), xdp.TX, Ping},
		{"echo", rextest.Packet(request, toMe, rextest.UDP{SrcPort: 999, DstPort: echo}, text),
			rextest.Packet(answer, fromMe, rextest.UDP{SrcPort: echo, DstPort: 999}, text), xdp.TX, Echo},
		{"arp of another", rextest.Packet(request, rextest.ARP{}), nil, xdp.Pass, NumStats},
		{"ping of another", rextest.Packet(request, rextest.IPv4{}, rextest.ICMP{}), nil, xdp.Pass, NumStats},
		{"IPv6", rextest.Packet(request, rextest.IPv6{}, rextest.UDP{DstPort: echo}), nil, xdp.Pass, NumStats},
		{"ping reply", rextest.Packet(request, toMe, rextest.ICMP{Reply: true}), nil, xdp.Drop, Dropped},
		{"other port", rextest.Packet(request, toMe, rextest.UDP{DstPort: 8}), nil, xdp.Drop, Dropped},
		{"tcp", rextest.Packet(request, toMe, rextest.TCP{DstPort: echo}), nil, xdp.Drop, Dropped},
		{"fragment", rextest.Packet(request, rextest.IPv4{Dst: myIP, MoreFragments: true}, rextest.UDP{DstPort: echo}), nil, xdp.Drop, Dropped},
		{"short", rextest.Packet(request, toMe, rextest.UDP{DstPort: echo})[:40], nil, xdp.Drop, Dropped},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := stats.Lookup(uint32(c.row))
			n := uint64(0)
			if before != nil {
				n = *before
			}
			verdict, out := rextest.RunXDP(t, Answer, c.in)
			if c.reply == nil {
				c.reply = c.in
			}
			if verdict != c.verdict || string(out) != string(c.reply) {
				t.Errorf("%v\n%x\nexpected %v\n%x", verdict, out, c.verdict, c.reply)
			}
			if before != nil && *before != n+1 {
				t.Errorf("row %d counts %d", c.row, *before-n)
			}
		})
	}
}
