// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"encoding/binary"
	"net/netip"

	"github.com/rex-go/rex/packet"
)

var be = binary.BigEndian

// Ethernet is an Ethernet header. Type is taken from the inner layer unless it
// is set.
type Ethernet struct {
	Src, Dst packet.MAC
	Type     packet.EtherType
}

func (l Ethernet) encode(s stack) []byte {
	src, dst := or(l.Src, SrcMAC), or(l.Dst, DstMAC)
	b := append(append([]byte(nil), dst[:]...), src[:]...)
	b = be.AppendUint16(b, uint16(s.typeOr(l.Type)))
	return append(b, s.data...)
}

func (s stack) typeOr(set packet.EtherType) packet.EtherType {
	if set != 0 {
		return set
	}
	return s.etherType()
}

// VLAN is a VLAN tag. Type is taken from the inner layer unless it is set.
type VLAN struct {
	ID       uint16
	Priority uint8
	Type     packet.EtherType
	// Outer marks an 802.1ad service tag.
	Outer bool
}

func (l VLAN) encode(s stack) []byte {
	b := be.AppendUint16(nil, uint16(l.Priority)<<13|l.ID&0xfff)
	b = be.AppendUint16(b, uint16(s.typeOr(l.Type)))
	return append(b, s.data...)
}

// ARP is an ARP packet for IPv4 over Ethernet; a request unless Op is set.
type ARP struct {
	Op                   packet.ARPOp
	SenderMAC, TargetMAC packet.MAC
	SenderIP, TargetIP   netip.Addr
}

func (l ARP) encode(s stack) []byte {
	b := []byte{0, 1, 8, 0, 6, 4}
	b = be.AppendUint16(b, uint16(or(l.Op, packet.ARPRequest)))
	mac, ip := or(l.SenderMAC, SrcMAC), or(l.SenderIP, SrcIP4).As4()
	b = append(append(b, mac[:]...), ip[:]...)
	ip = or(l.TargetIP, DstIP4).As4()
	b = append(append(b, l.TargetMAC[:]...), ip[:]...)
	return append(b, s.data...)
}

// IPv4 is an IPv4 header. Protocol is taken from the inner layer unless it is
// set.
type IPv4 struct {
	Src, Dst netip.Addr
	Protocol packet.Protocol
	TTL      uint8 // 0 stands for 64
	TOS      uint8
	ID       uint16
	// FragmentOffset is in bytes, a multiple of 8.
	FragmentOffset int
	MoreFragments  bool
	// Options are padded to a multiple of 4 bytes; at most 40 bytes.
	Options []byte
}

func (l IPv4) encode(s stack) []byte {
	opts := pad(append([]byte(nil), l.Options...), 4)
	if len(opts) > 40 {
		panic("rextest.Packet: IPv4 options longer than 40 bytes")
	}
	proto := l.Protocol
	if proto == 0 {
		proto = s.protocol()
	}
	n := 20 + len(opts)
	b := []byte{0x40 | byte(n/4), l.TOS}
	b = be.AppendUint16(b, uint16(n+len(s.data)))
	b = be.AppendUint16(b, l.ID)
	frag := uint16(l.FragmentOffset / 8)
	if l.MoreFragments {
		frag |= 0x2000
	}
	b = be.AppendUint16(b, frag)
	b = append(b, or(l.TTL, 64), byte(proto), 0, 0)
	src, dst := or(l.Src, SrcIP4).As4(), or(l.Dst, DstIP4).As4()
	b = append(append(append(b, src[:]...), dst[:]...), opts...)
	be.PutUint16(b[10:], Checksum(b))
	return append(b, s.data...)
}

// IPv6 is an IPv6 header. NextHeader is taken from the inner layer.
type IPv6 struct {
	Src, Dst     netip.Addr
	HopLimit     uint8 // 0 stands for 64
	TrafficClass uint8
	FlowLabel    uint32
}

func (l IPv6) encode(s stack) []byte {
	b := be.AppendUint32(nil, 6<<28|uint32(l.TrafficClass)<<20|l.FlowLabel&0xfffff)
	b = be.AppendUint16(b, uint16(len(s.data)))
	b = append(b, byte(s.protocol()), or(l.HopLimit, 64))
	src, dst := or(l.Src, SrcIP6).As16(), or(l.Dst, DstIP6).As16()
	return append(append(append(b, src[:]...), dst[:]...), s.data...)
}

// Extension is an IPv6 extension header.
type Extension struct {
	// Type is ProtoHopByHop, ProtoRouting, ProtoDstOpts or ProtoFragment.
	Type packet.Protocol
	// Data is the header's content behind the next header and length fields,
	// padded to a full header. Not for ProtoFragment.
	Data []byte
	// FragmentOffset in bytes, a multiple of 8, and MoreFragments are for
	// ProtoFragment.
	FragmentOffset int
	MoreFragments  bool
}

func (l Extension) encode(s stack) []byte {
	b := append([]byte{byte(s.protocol()), 0}, l.Data...)
	if l.Type == packet.ProtoFragment {
		frag := uint16(l.FragmentOffset) &^ 7
		if l.MoreFragments {
			frag |= 1
		}
		b = be.AppendUint16(b[:2:2], frag)
	}
	b = pad(b, 8)
	if l.Type != packet.ProtoFragment {
		b[1] = byte(len(b)/8 - 1)
	}
	return append(b, s.data...)
}

// TCP is a TCP header.
type TCP struct {
	SrcPort, DstPort uint16
	Seq, Ack         uint32
	Flags            packet.TCPFlags
	Window           uint16
	// Options are padded to a multiple of 4 bytes; at most 40 bytes.
	Options []byte
}

func (l TCP) encode(s stack) []byte {
	opts := pad(append([]byte(nil), l.Options...), 4)
	if len(opts) > 40 {
		panic("rextest.Packet: TCP options longer than 40 bytes")
	}
	b := be.AppendUint16(nil, l.SrcPort)
	b = be.AppendUint16(b, l.DstPort)
	b = be.AppendUint32(b, l.Seq)
	b = be.AppendUint32(b, l.Ack)
	b = append(b, byte((20+len(opts))/4)<<4, byte(l.Flags))
	b = be.AppendUint16(b, l.Window)
	b = append(b, 0, 0, 0, 0)
	b = append(append(b, opts...), s.data...)
	be.PutUint16(b[16:], s.transportSum(packet.ProtoTCP, b))
	return b
}

// UDP is a UDP header.
type UDP struct {
	SrcPort, DstPort uint16
}

func (l UDP) encode(s stack) []byte {
	b := be.AppendUint16(nil, l.SrcPort)
	b = be.AppendUint16(b, l.DstPort)
	b = be.AppendUint16(b, uint16(8+len(s.data)))
	b = append(append(b, 0, 0), s.data...)
	// A computed 0 is sent as all ones, for 0 says "no checksum" (RFC 768).
	be.PutUint16(b[6:], or(s.transportSum(packet.ProtoUDP, b), 0xffff))
	return b
}

// ICMP is the header of an ICMP message over IPv4; an echo request unless Type
// or Reply is set.
type ICMP struct {
	Type packet.ICMPType
	Code uint8
	// ID and Seq are those of an echo message.
	ID, Seq uint16
	// Reply makes it an echo reply, whose type is 0.
	Reply bool
}

func (l ICMP) encode(s stack) []byte {
	typ := l.Type
	if typ == 0 && !l.Reply {
		typ = packet.ICMPEchoRequest
	}
	b := icmp(typ, l.Code, l.ID, l.Seq, s.data)
	be.PutUint16(b[2:], Checksum(b))
	return b
}

// ICMPv6 is the header of an ICMPv6 message; an echo request unless Type is
// set.
type ICMPv6 struct {
	Type packet.ICMPType
	Code uint8
	// ID and Seq are those of an echo message.
	ID, Seq uint16
}

func (l ICMPv6) encode(s stack) []byte {
	b := icmp(or(l.Type, packet.ICMPv6EchoRequest), l.Code, l.ID, l.Seq, s.data)
	be.PutUint16(b[2:], s.transportSum(packet.ProtoICMPv6, b))
	return b
}

func icmp(typ packet.ICMPType, code uint8, id, seq uint16, data []byte) []byte {
	b := []byte{byte(typ), code, 0, 0}
	b = be.AppendUint16(b, id)
	b = be.AppendUint16(b, seq)
	return append(b, data...)
}
