// SPDX-License-Identifier: Apache-2.0

package packet

import "github.com/rex-go/rex"

// Protocol is an IP protocol number (IPv4's protocol, IPv6's next header).
type Protocol uint8

// IP protocols, and the IPv6 extension headers that SkipExtensions knows.
const (
	ProtoHopByHop Protocol = 0
	ProtoICMP     Protocol = 1
	ProtoTCP      Protocol = 6
	ProtoUDP      Protocol = 17
	ProtoRouting  Protocol = 43
	ProtoFragment Protocol = 44
	ProtoGRE      Protocol = 47
	ProtoESP      Protocol = 50
	ProtoAH       Protocol = 51
	ProtoICMPv6   Protocol = 58
	ProtoNone     Protocol = 59
	ProtoDstOpts  Protocol = 60
	ProtoSCTP     Protocol = 132
)

// IPv4Addr is an IPv4 address in network byte order.
type IPv4Addr [4]byte

// IPv6Addr is an IPv6 address in network byte order.
type IPv6Addr [16]byte

// IPv4 is an IPv4 header without options.
type IPv4 struct {
	VersionIHL uint8
	TOS        uint8
	TotalLen   BE16
	ID         BE16
	FlagsFrag  BE16
	TTL        uint8
	Protocol   Protocol
	Checksum   BE16
	Src, Dst   IPv4Addr
}

// Version returns the version field; 4 in a valid header.
func (h *IPv4) Version() uint8 { return h.VersionIHL >> 4 }

// HeaderLen returns the header's length in bytes with options, 0 to 60, from
// the IHL field; 20 or more in a valid header.
func (h *IPv4) HeaderLen() int { return int(h.VersionIHL&0x0f) * 4 }

// FragmentOffset returns the fragment's offset in bytes.
func (h *IPv4) FragmentOffset() int { return int(h.FlagsFrag.Get()&0x1fff) * 8 }

// MoreFragments reports whether further fragments follow.
func (h *IPv4) MoreFragments() bool { return h.FlagsFrag[0]&0x20 != 0 }

// ParseIPv4 returns an IPv4 header and the datagram's payload: without
// options, and without the padding that a short Ethernet frame has behind the
// datagram. It returns false for another version and for lengths that
// contradict each other or the packet. A payload cut short by the packet's end
// is returned as far as it goes.
func ParseIPv4(b []byte) (h *IPv4, payload []byte, ok bool) {
	h, ok = rex.View[IPv4](b)
	if !ok || h.Version() != 4 {
		return nil, nil, false
	}
	n, total := h.HeaderLen(), int(h.TotalLen.Get())
	if n < 20 || n > len(b) || total < n {
		return nil, nil, false
	}
	if total < len(b) {
		b = b[:total]
	}
	return h, b[n:], true
}

// IPv6 is the fixed IPv6 header.
type IPv6 struct {
	VersionClassFlow BE32
	PayloadLen       BE16
	NextHeader       Protocol
	HopLimit         uint8
	Src, Dst         IPv6Addr
}

// Version returns the version field; 6 in a valid header.
func (h *IPv6) Version() uint8 { return h.VersionClassFlow[0] >> 4 }

// TrafficClass returns the traffic class.
func (h *IPv6) TrafficClass() uint8 { return uint8(h.VersionClassFlow.Get() >> 20) }

// FlowLabel returns the flow label, 20 bits.
func (h *IPv6) FlowLabel() uint32 { return h.VersionClassFlow.Get() & 0xfffff }

// ParseIPv6 returns an IPv6 header and its payload, which begins with the
// extension headers if there are any, without padding behind the datagram. It
// returns false for another version. A payload cut short by the packet's end is
// returned as far as it goes; so is that of a jumbogram (RFC 2675: PayloadLen 0
// and hop-by-hop options).
func ParseIPv6(b []byte) (h *IPv6, payload []byte, ok bool) {
	h, ok = rex.View[IPv6](b)
	if !ok || h.Version() != 6 {
		return nil, nil, false
	}
	payload = b[40:]
	n := int(h.PayloadLen.Get())
	if n < len(payload) && (n != 0 || h.NextHeader != ProtoHopByHop) {
		payload = payload[:n]
	}
	return h, payload, true
}

// maxExtensions bounds the chain of extension headers that SkipExtensions
// follows: each kind at most once, destination options twice (RFC 8200 §4.1).
const maxExtensions = 8

// SkipExtensions walks over IPv6 extension headers: proto and b are an IPv6
// header's next header and payload, the results those behind the extension
// headers. first is false in a fragment that is not the first, whose payload
// does not begin with a transport header. ok is false when a header is cut
// short or there are too many.
func SkipExtensions(proto Protocol, b []byte) (p Protocol, payload []byte, first, ok bool) {
	first = true
	for i := 0; i < maxExtensions; i++ {
		n := 8
		switch proto {
		case ProtoHopByHop, ProtoRouting, ProtoDstOpts:
			if len(b) < 8 {
				return 0, nil, false, false
			}
			n = 8 + int(b[1])*8
		case ProtoFragment:
			if len(b) < 8 {
				return 0, nil, false, false
			}
			if b[2] != 0 || b[3]&0xf8 != 0 {
				first = false
			}
		case ProtoAH:
			if len(b) < 8 {
				return 0, nil, false, false
			}
			n = 8 + int(b[1])*4
		default:
			return proto, b, first, true
		}
		if n > len(b) {
			return 0, nil, false, false
		}
		proto, b = Protocol(b[0]), b[n:]
		if !first {
			return proto, b, false, true
		}
	}
	return 0, nil, false, false
}
