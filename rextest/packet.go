// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/rex-go/rex/packet"
)

// Layer is one layer of a packet: a protocol header or the payload. A header's
// zero fields get sensible values: lengths, checksums, and type fields from the
// layers around it, and the addresses below.
type Layer interface {
	// encode returns the layer's bytes with the inner layers' behind.
	encode(s stack) []byte
}

// What zero fields of the layers stand for: addresses from the ranges for
// documentation (RFC 5737, RFC 3849) and locally administered MACs.
var (
	SrcMAC = packet.MAC{2, 0, 0, 0, 0, 1}
	DstMAC = packet.MAC{2, 0, 0, 0, 0, 2}
	SrcIP4 = netip.MustParseAddr("192.0.2.1")
	DstIP4 = netip.MustParseAddr("192.0.2.2")
	SrcIP6 = netip.MustParseAddr("2001:db8::1")
	DstIP6 = netip.MustParseAddr("2001:db8::2")
)

// stack is a layer's surroundings.
type stack struct {
	outer []Layer // outermost first
	inner Layer   // nil for the innermost
	data  []byte  // the inner layers' bytes
}

// Packet builds a packet from layers, outermost first. Layers in an order that
// no packet has (UDP that is not in IP) panic.
func Packet(layers ...Layer) []byte {
	var data []byte
	for i := len(layers) - 1; i >= 0; i-- {
		s := stack{outer: layers[:i], data: data}
		if i+1 < len(layers) {
			s.inner = layers[i+1]
		}
		data = layers[i].encode(s)
	}
	return data
}

// Payload is the innermost layer's bytes.
type Payload []byte

func (p Payload) encode(s stack) []byte { return append(append([]byte(nil), p...), s.data...) }

// Text returns a string as Payload.
func Text(s string) Payload { return Payload(s) }

// etherType returns what the inner layer is to an Ethernet header.
func (s stack) etherType() packet.EtherType {
	switch l := s.inner.(type) {
	case VLAN:
		if l.Outer {
			return packet.EtherTypeQinQ
		}
		return packet.EtherTypeVLAN
	case ARP:
		return packet.EtherTypeARP
	case IPv4:
		return packet.EtherTypeIPv4
	case IPv6:
		return packet.EtherTypeIPv6
	case nil, Payload:
		return 0x88b5 // IEEE 802 local experimental
	}
	panic(fmt.Sprintf("rextest.Packet: %T directly in Ethernet", s.inner))
}

// protocol returns what the inner layer is to an IP header.
func (s stack) protocol() packet.Protocol {
	switch l := s.inner.(type) {
	case TCP:
		return packet.ProtoTCP
	case UDP:
		return packet.ProtoUDP
	case ICMP:
		return packet.ProtoICMP
	case ICMPv6:
		return packet.ProtoICMPv6
	case Extension:
		return l.Type
	case nil, Payload:
		return 253 // experimentation, RFC 3692
	}
	panic(fmt.Sprintf("rextest.Packet: %T directly in IP", s.inner))
}

// transportSum returns the checksum of a transport segment, with the pseudo
// header of the nearest IP layer.
func (s stack) transportSum(proto packet.Protocol, segment []byte) uint16 {
	for i := len(s.outer) - 1; i >= 0; i-- {
		var pseudo []byte
		switch ip := s.outer[i].(type) {
		case IPv4:
			src, dst := or(ip.Src, SrcIP4).As4(), or(ip.Dst, DstIP4).As4()
			pseudo = append(append(pseudo, src[:]...), dst[:]...)
			pseudo = append(pseudo, 0, byte(proto))
			pseudo = binary.BigEndian.AppendUint16(pseudo, uint16(len(segment)))
		case IPv6:
			src, dst := or(ip.Src, SrcIP6).As16(), or(ip.Dst, DstIP6).As16()
			pseudo = append(append(pseudo, src[:]...), dst[:]...)
			pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(len(segment)))
			pseudo = append(pseudo, 0, 0, 0, byte(proto))
		default:
			continue
		}
		return Checksum(append(pseudo, segment...))
	}
	panic("rextest.Packet: transport header outside IP")
}

// Checksum returns the Internet checksum (RFC 1071) of b. Over bytes that hold
// their own checksum it is zero.
func Checksum(b []byte) uint16 {
	var sum uint32
	for len(b) >= 2 {
		sum += uint32(binary.BigEndian.Uint16(b))
		sum = sum&0xffff + sum>>16
		b = b[2:]
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

// or returns v, or def when v is the zero value.
func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// pad returns b with zero bytes up to a multiple of n.
func pad(b []byte, n int) []byte {
	for len(b)%n != 0 {
		b = append(b, 0)
	}
	return b
}
