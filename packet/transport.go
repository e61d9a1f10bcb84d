// SPDX-License-Identifier: Apache-2.0

package packet

import "github.com/rex-go/rex"

// TCPFlags are the control bits of a TCP header.
type TCPFlags uint8

// TCP control bits.
const (
	TCPFin TCPFlags = 1 << iota
	TCPSyn
	TCPRst
	TCPPsh
	TCPAck
	TCPUrg
	TCPEce
	TCPCwr
)

// TCP is a TCP header without options.
type TCP struct {
	SrcPort, DstPort BE16
	Seq, Ack         BE32
	Offset           uint8 // header length in words, in the high four bits
	Flags            TCPFlags
	Window           BE16
	Checksum         BE16
	Urgent           BE16
}

// HeaderLen returns the header's length in bytes with options, 0 to 60; 20 or
// more in a valid header.
func (h *TCP) HeaderLen() int { return int(h.Offset>>4) * 4 }

// Has reports whether all of the given flags are set.
func (h *TCP) Has(f TCPFlags) bool { return h.Flags&f == f }

// ParseTCP returns a TCP header and its payload behind the options.
func ParseTCP(b []byte) (h *TCP, payload []byte, ok bool) {
	h, ok = rex.View[TCP](b)
	if !ok {
		return nil, nil, false
	}
	n := h.HeaderLen()
	if n < 20 || n > len(b) {
		return nil, nil, false
	}
	return h, b[n:], true
}

// UDP is a UDP header.
type UDP struct {
	SrcPort, DstPort BE16
	Length           BE16 // of header and payload
	Checksum         BE16
}

// ParseUDP returns a UDP header and its payload. A payload cut short by the
// packet's end is returned as far as it goes; a Length below 8 is invalid, but
// for 0, which stands for a jumbogram (RFC 2675 §4) and means up to the end.
func ParseUDP(b []byte) (h *UDP, payload []byte, ok bool) {
	h, ok = rex.View[UDP](b)
	if !ok {
		return nil, nil, false
	}
	n := int(h.Length.Get())
	if n == 0 || n > len(b) {
		n = len(b)
	}
	if n < 8 {
		return nil, nil, false
	}
	return h, b[8:n], true
}

// ICMPType is the type of an ICMP or ICMPv6 message.
type ICMPType uint8

// Types of ICMP and ICMPv6 messages.
const (
	ICMPEchoReply   ICMPType = 0
	ICMPUnreachable ICMPType = 3
	ICMPEchoRequest ICMPType = 8

	ICMPv6Unreachable           ICMPType = 1
	ICMPv6EchoRequest           ICMPType = 128
	ICMPv6EchoReply             ICMPType = 129
	ICMPv6NeighborSolicitation  ICMPType = 135
	ICMPv6NeighborAdvertisement ICMPType = 136
)

// ICMP is the header of an ICMP or ICMPv6 message.
type ICMP struct {
	Type     ICMPType
	Code     uint8
	Checksum BE16
	// Rest depends on Type; for echo messages identifier and sequence number.
	Rest BE32
}

// EchoID returns the identifier of an echo message.
func (h *ICMP) EchoID() uint16 { return uint16(h.Rest.Get() >> 16) }

// EchoSeq returns the sequence number of an echo message.
func (h *ICMP) EchoSeq() uint16 { return uint16(h.Rest.Get()) }

// ParseICMP returns an ICMP or ICMPv6 header and what follows it.
func ParseICMP(b []byte) (h *ICMP, payload []byte, ok bool) {
	h, ok = rex.View[ICMP](b)
	if !ok {
		return nil, nil, false
	}
	return h, b[8:], true
}
