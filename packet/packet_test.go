// SPDX-License-Identifier: Apache-2.0

package packet_test

import (
	"fmt"
	"testing"
	"unsafe"

	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
)

// TestLayout holds the header types to the sizes on the wire, and to having no
// alignment.
func TestLayout(t *testing.T) {
	for _, c := range []struct {
		name              string
		size, align, want uintptr
	}{
		{"Ethernet", unsafe.Sizeof(packet.Ethernet{}), unsafe.Alignof(packet.Ethernet{}), 14},
		{"VLAN", unsafe.Sizeof(packet.VLAN{}), unsafe.Alignof(packet.VLAN{}), 4},
		{"ARP", unsafe.Sizeof(packet.ARP{}), unsafe.Alignof(packet.ARP{}), 28},
		{"IPv4", unsafe.Sizeof(packet.IPv4{}), unsafe.Alignof(packet.IPv4{}), 20},
		{"IPv6", unsafe.Sizeof(packet.IPv6{}), unsafe.Alignof(packet.IPv6{}), 40},
		{"TCP", unsafe.Sizeof(packet.TCP{}), unsafe.Alignof(packet.TCP{}), 20},
		{"UDP", unsafe.Sizeof(packet.UDP{}), unsafe.Alignof(packet.UDP{}), 8},
		{"ICMP", unsafe.Sizeof(packet.ICMP{}), unsafe.Alignof(packet.ICMP{}), 8},
	} {
		if c.size != c.want || c.align != 1 {
			t.Errorf("%s: size %d, alignment %d (expected %d, 1)", c.name, c.size, c.align, c.want)
		}
	}
}

func TestBigEndian(t *testing.T) {
	b16, b32, b64 := packet.BE16{0x12, 0x34}, packet.BE32{1, 2, 3, 0xf4}, packet.BE64{0x81, 2, 3, 4, 5, 6, 7, 8}
	if b16.Get() != 0x1234 || b32.Get() != 0x010203f4 || b64.Get() != 0x8102030405060708 {
		t.Errorf("got %#x %#x %#x", b16.Get(), b32.Get(), b64.Get())
	}
	b16.Set(0xabcd)
	b32.Set(0x89abcdef)
	b64.Set(0xfedcba9876543210)
	if got := fmt.Sprintf("% x|% x|% x", b16[:], b32[:], b64[:]); got != "ab cd|89 ab cd ef|fe dc ba 98 76 54 32 10" {
		t.Errorf("set: %s", got)
	}
}

// udpIn walks down to a UDP payload and says where it stopped.
func udpIn(b []byte) string {
	eth, b, ok := packet.ParseEthernet(b)
	if !ok {
		return "ethernet"
	}
	typ, b, ok := packet.SkipVLAN(eth.EtherType(), b)
	if !ok {
		return "vlan"
	}
	var proto packet.Protocol
	switch typ {
	case packet.EtherTypeIPv4:
		ip, rest, ok := packet.ParseIPv4(b)
		if !ok {
			return "ipv4"
		}
		proto, b = ip.Protocol, rest
	case packet.EtherTypeIPv6:
		ip, rest, ok := packet.ParseIPv6(b)
		if !ok {
			return "ipv6"
		}
		var first bool
		proto, b, first, ok = packet.SkipExtensions(ip.NextHeader, rest)
		if !ok {
			return "extension"
		}
		if !first {
			return "fragment"
		}
	default:
		return fmt.Sprintf("type %#x", uint16(typ))
	}
	if proto != packet.ProtoUDP {
		return fmt.Sprintf("protocol %d", proto)
	}
	udp, b, ok := packet.ParseUDP(b)
	if !ok {
		return "udp"
	}
	return fmt.Sprintf("%d %q", udp.DstPort.Get(), b)
}

func TestParse(t *testing.T) {
	type (
		E = rextest.Ethernet
		U = rextest.UDP
		X = rextest.Extension
	)
	u, hi := U{DstPort: 53}, rextest.Text("hi")
	p := rextest.Packet
	edit := func(b []byte, i int, v byte) []byte { b[i] = v; return b }
	padding := make([]byte, 18)
	for _, c := range []struct {
		name string
		pkt  []byte
		want string
	}{
		{"plain", p(E{}, rextest.IPv4{}, u, hi), `53 "hi"`},
		{"vlan", p(E{}, rextest.VLAN{ID: 5}, rextest.IPv4{}, u, hi), `53 "hi"`},
		{"two tags", p(E{}, rextest.VLAN{Outer: true}, rextest.VLAN{}, rextest.IPv6{}, u, hi), `53 "hi"`},
		{"three tags", p(E{}, rextest.VLAN{}, rextest.VLAN{}, rextest.VLAN{}, rextest.IPv4{}, u), "type 0x8100"},
		{"options", p(E{}, rextest.IPv4{Options: []byte{7, 3, 4}}, u, hi), `53 "hi"`},
		{"padding", append(p(E{}, rextest.IPv4{}, u, hi), padding...), `53 "hi"`},
		{"padding v6", append(p(E{}, rextest.IPv6{}, u, hi), padding...), `53 "hi"`},
		{"v6", p(E{}, rextest.IPv6{}, u, hi), `53 "hi"`},
		{"v6 extensions", p(E{}, rextest.IPv6{}, X{Type: packet.ProtoHopByHop}, X{Type: packet.ProtoDstOpts, Data: make([]byte, 14)},
			X{Type: packet.ProtoFragment, MoreFragments: true}, u, hi), `53 "hi"`},
		{"v6 fragment", p(E{}, rextest.IPv6{}, X{Type: packet.ProtoFragment, FragmentOffset: 8}, u, hi), "fragment"},
		{"v6 large fragment offset", p(E{}, rextest.IPv6{}, X{Type: packet.ProtoFragment, FragmentOffset: 4096}, u, hi), "fragment"},
		{"extension too long", edit(p(E{}, rextest.IPv6{}, X{Type: packet.ProtoDstOpts}, u), 14+40+1, 9), "extension"},
		{"nine extensions", p(E{}, rextest.IPv6{}, X{Type: 60}, X{Type: 60}, X{Type: 60}, X{Type: 60}, X{Type: 60}, X{Type: 60},
			X{Type: 60}, X{Type: 60}, X{Type: 60}, u), "extension"},
		{"v6 in v4", edit(p(E{}, rextest.IPv4{}, u), 14, 0x65), "ipv4"},
		{"v4 in v6", edit(p(E{}, rextest.IPv6{}, u), 14, 0x45), "ipv6"},
		{"ihl too small", edit(p(E{}, rextest.IPv4{}, u), 14, 0x44), "ipv4"},
		{"ihl beyond packet", edit(p(E{}, rextest.IPv4{}, u), 14, 0x4f), "ipv4"},
		{"total below header", edit(p(E{}, rextest.IPv4{}, u), 17, 19), "ipv4"},
		{"total cuts udp", edit(p(E{}, rextest.IPv4{}, u), 17, 27), "udp"},
		{"udp length too small", edit(p(E{}, rextest.IPv4{}, u), 39, 7), "udp"},
		{"udp length beyond packet", edit(p(E{}, rextest.IPv4{}, u, hi), 39, 99), `53 "hi"`},
		{"udp length zero", edit(p(E{}, rextest.IPv6{}, u, hi), 59, 0), `53 "hi"`},
		{"tcp", p(E{}, rextest.IPv4{}, rextest.TCP{}), "protocol 6"},
		{"arp", p(E{}, rextest.ARP{}), "type 0x806"},
	} {
		if got := udpIn(c.pkt); got != c.want {
			t.Errorf("%s: got %s (expected %s)", c.name, got, c.want)
		}
	}
}

// TestTruncated cuts a packet at every length: no parser may panic or succeed
// on a header that is not there.
func TestTruncated(t *testing.T) {
	pkt := rextest.Packet(rextest.Ethernet{}, rextest.VLAN{}, rextest.IPv6{},
		rextest.Extension{Type: packet.ProtoHopByHop}, rextest.UDP{DstPort: 9})
	for n, want := range map[int]string{0: "ethernet", 13: "ethernet", 14: "vlan", 17: "vlan", 18: "ipv6", 57: "ipv6", 58: "extension", 65: "extension", 66: "udp", 73: "udp", 74: `9 ""`} {
		if got := udpIn(pkt[:n:n]); got != want {
			t.Errorf("first %d bytes: %s (expected %s)", n, got, want)
		}
	}
}

func TestParseTCP(t *testing.T) {
	b := rextest.Packet(rextest.IPv4{}, rextest.TCP{Flags: packet.TCPSyn | packet.TCPAck, Options: []byte{2, 4, 5, 180}}, rextest.Text("x"))[20:]
	h, payload, ok := packet.ParseTCP(b)
	if !ok || h.HeaderLen() != 24 || string(payload) != "x" || !h.Has(packet.TCPSyn) || h.Has(packet.TCPSyn|packet.TCPFin) {
		t.Errorf("got %v %q %t", h, payload, ok)
	}
	b[12] = 0x40
	if _, _, ok := packet.ParseTCP(b); ok {
		t.Error("accepted a data offset of 16 bytes")
	}
	b[12] = 0xf0
	if _, _, ok := packet.ParseTCP(b); ok {
		t.Error("accepted a data offset beyond the packet")
	}
}

func TestParseARP(t *testing.T) {
	b := rextest.Packet(rextest.ARP{Op: packet.ARPReply})
	if h, ok := packet.ParseARP(b); !ok || h.Op() != packet.ARPReply || h.SenderIP != (packet.IPv4Addr{192, 0, 2, 1}) {
		t.Errorf("got %v %t", h, ok)
	}
	for _, i := range []int{1, 2, 4, 5} {
		c := append([]byte(nil), b...)
		c[i]++
		if _, ok := packet.ParseARP(c); ok {
			t.Errorf("accepted another value in byte %d", i)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(rextest.Packet(rextest.Ethernet{}, rextest.VLAN{}, rextest.IPv4{Options: []byte{1}}, rextest.UDP{}))
	f.Add(rextest.Packet(rextest.Ethernet{}, rextest.IPv6{}, rextest.Extension{Type: packet.ProtoRouting}, rextest.UDP{}))
	f.Fuzz(func(t *testing.T, b []byte) {
		udpIn(b)
		packet.ParseTCP(b)
		packet.ParseARP(b)
		packet.ParseICMP(b)
		if proto, rest, _, ok := packet.SkipExtensions(packet.Protocol(len(b)), b); ok && len(rest) > len(b) {
			t.Errorf("protocol %d: payload grew", proto)
		}
	})
}
