// SPDX-License-Identifier: Apache-2.0

// Package packet has the headers of network protocols as types to view over
// packet bytes, and a few functions that find a header's end.
//
// Every header type is byte-aligned and holds no references, so rex.View can
// lay it over a packet; fields of more than one byte are big-endian types with
// Get and Set. The ParseX functions return a header and the bytes behind it,
// and false when the packet is too short or the header's own length is invalid.
// They never panic, whatever the bytes are.
package packet

import "github.com/rex-go/rex"

// MAC is an Ethernet address.
type MAC [6]byte

// EtherType says what an Ethernet frame or VLAN tag carries.
type EtherType uint16

// EtherTypes (include/uapi/linux/if_ether.h).
const (
	EtherTypeIPv4 EtherType = 0x0800
	EtherTypeARP  EtherType = 0x0806
	EtherTypeVLAN EtherType = 0x8100 // 802.1Q
	EtherTypeIPv6 EtherType = 0x86DD
	EtherTypeQinQ EtherType = 0x88A8 // 802.1ad
)

// Ethernet is an Ethernet II header.
type Ethernet struct {
	Dst, Src MAC
	Type     BE16
}

// EtherType returns what the frame carries.
func (h *Ethernet) EtherType() EtherType { return EtherType(h.Type.Get()) }

// VLAN is an 802.1Q or 802.1ad tag as it follows an Ethernet header's type.
type VLAN struct {
	TCI  BE16
	Type BE16
}

// ID returns the VLAN number, 0 to 4095.
func (h *VLAN) ID() uint16 { return h.TCI.Get() & 0x0fff }

// Priority returns the priority code point, 0 to 7.
func (h *VLAN) Priority() uint8 { return h.TCI[0] >> 5 }

// EtherType returns what follows the tag.
func (h *VLAN) EtherType() EtherType { return EtherType(h.Type.Get()) }

// ParseEthernet returns the Ethernet header of a packet and what follows it.
func ParseEthernet(b []byte) (h *Ethernet, payload []byte, ok bool) {
	h, ok = rex.View[Ethernet](b)
	if !ok {
		return nil, nil, false
	}
	return h, b[14:], true
}

// ParseVLAN returns a VLAN tag and what follows it.
func ParseVLAN(b []byte) (h *VLAN, payload []byte, ok bool) {
	h, ok = rex.View[VLAN](b)
	if !ok {
		return nil, nil, false
	}
	return h, b[4:], true
}

// SkipVLAN strips up to two VLAN tags: typ and b are an Ethernet header's type
// and payload, the results those behind the tags. It returns false when a tag
// is cut short.
func SkipVLAN(typ EtherType, b []byte) (inner EtherType, payload []byte, ok bool) {
	for i := 0; i < 2 && (typ == EtherTypeVLAN || typ == EtherTypeQinQ); i++ {
		tag, rest, ok := ParseVLAN(b)
		if !ok {
			return 0, nil, false
		}
		typ, b = tag.EtherType(), rest
	}
	return typ, b, true
}

// ARPOp is an ARP operation.
type ARPOp uint16

// ARP operations.
const (
	ARPRequest ARPOp = 1
	ARPReply   ARPOp = 2
)

// ARP is an ARP packet for IPv4 over Ethernet.
type ARP struct {
	HardwareType BE16 // 1: Ethernet
	ProtocolType BE16 // EtherTypeIPv4
	HardwareLen  uint8
	ProtocolLen  uint8
	Operation    BE16
	SenderMAC    MAC
	SenderIP     IPv4Addr
	TargetMAC    MAC
	TargetIP     IPv4Addr
}

// Op returns the operation.
func (h *ARP) Op() ARPOp { return ARPOp(h.Operation.Get()) }

// ParseARP returns an ARP packet; it returns false also when it is not one for
// IPv4 over Ethernet.
func ParseARP(b []byte) (h *ARP, ok bool) {
	h, ok = rex.View[ARP](b)
	if !ok || h.HardwareType.Get() != 1 || EtherType(h.ProtocolType.Get()) != EtherTypeIPv4 ||
		h.HardwareLen != 6 || h.ProtocolLen != 4 {
		return nil, false
	}
	return h, true
}
