// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package tc

import (
	"encoding/binary"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
	"github.com/rex-go/rex/packet"
)

// EtherTypes.
const (
	etherIPv4  = 0x0800
	etherIPv6  = 0x86dd
	etherVLAN  = 0x8100
	etherSVLAN = 0x88a8
)

// maxLen is the longest packet that these calls make: SKB_MAX_ALLOC, four pages
// less a struct skb_shared_info.
const maxLen = 4*4096 - 320

// StoreBytes copies src to off in the packet, wherever that is
// (bpf_skb_store_bytes). Bytes that others share are copied first, so that they
// do not see the change. It moves the packet when they are, or when the bytes are
// beyond those of Data. The error is rex.ErrFault when the packet ends before,
// rex.ErrInvalid for other flags, rex.ErrNoMemory.
func (c *Context) StoreBytes(src []byte, off int, flags StoreFlags) error {
	s := c.state()
	switch {
	case flags&^(RecomputeChecksum|InvalidateHash) != 0:
		return rex.ErrInvalid
	case off < 0 || off > s.Len() || len(src) > s.Len()-off:
		return rex.ErrFault
	}
	if !s.Pull(off + len(src)) {
		return rex.ErrNoMemory
	}
	copy(s.Linear[off:], src)
	if flags&InvalidateHash != 0 {
		s.Hash = 0
	}
	return nil
}

// PullData makes the first n bytes, or for 0 those of Data, lie in one piece that
// is the packet's own, so that Data has them (bpf_skb_pull_data). It may move the
// packet. The error is rex.ErrInvalid when the packet is shorter, or
// rex.ErrNoMemory.
func (c *Context) PullData(n int) error {
	s := c.state()
	if n < 0 || n > s.Len() {
		return rex.ErrInvalid
	}
	if !s.Pull(n) {
		return rex.ErrNoMemory
	}
	return nil
}

// ChangeHead puts n zero bytes in front of the packet, for a link-layer header
// (bpf_skb_change_head). It moves the packet. The error is rex.ErrInvalid when n is
// negative or the packet would be too long, or rex.ErrNoMemory.
func (c *Context) ChangeHead(n int) error {
	s := c.state()
	if n < 0 || n != int(int32(n)) || s.Len()+n > maxLen && s.GSOSize == 0 {
		return rex.ErrInvalid
	}
	if !s.Insert(0, n) {
		return rex.ErrNoMemory
	}
	s.Network += n
	return nil
}

// ChangeTail makes the packet n bytes long; bytes that it grows by are zero
// (bpf_skb_change_tail). All of it lies in one piece then. It moves the packet. The
// error is rex.ErrInvalid when n is less than the headers that the kernel knows of
// or too large, rex.ErrNotSupported for packets with an inner packet,
// rex.ErrNoMemory.
func (c *Context) ChangeTail(n int) error {
	s := c.state()
	switch {
	case n != int(int32(n)) || n > maxLen || n < s.Network:
		return rex.ErrInvalid
	case s.Encapsulated:
		return rex.ErrNotSupported
	}
	if !s.Resize(n) {
		return rex.ErrNoMemory
	}
	s.GSOSize, s.GSOSegs = 0, 0
	return nil
}

// ChangeProto makes room for an IPv6 header (0x86dd) where there was one of IPv4,
// or the other way round (0x0800): the header's bytes, and the link-layer header's
// type, are the program's to write (bpf_skb_change_proto). It moves the packet. The
// error is rex.ErrNotSupported for anything else, or rex.ErrNoMemory.
func (c *Context) ChangeProto(etherType uint16) error {
	s := c.state()
	const diff = 20 // an IPv6 header is so much longer
	switch {
	case s.Protocol == etherIPv4 && etherType == etherIPv6:
		if !s.Insert(s.Network, diff) {
			return rex.ErrNoMemory
		}
	case s.Protocol == etherIPv6 && etherType == etherIPv4:
		if s.Len() < s.Network+diff || !s.Remove(s.Network, diff) {
			return rex.ErrNoMemory
		}
	default:
		return rex.ErrNotSupported
	}
	s.Protocol, s.Hash = etherType, 0
	return nil
}

// AdjustRoom inserts delta zero bytes behind a header, or removes as many when
// delta is negative (bpf_skb_adjust_room). At most 4095 are possible, and only in
// packets of IPv4 and IPv6. It moves the packet. Errors are rex.ErrInvalid for flags
// that do not go together, rex.ErrFault for a larger delta, rex.ErrNotSupported for
// other packets, other modes, and when too little would be left, rex.ErrNoMemory.
func (c *Context) AdjustRoom(delta int, mode RoomMode, flags RoomFlags) error {
	if delta != int(int32(delta)) {
		return rex.ErrFault
	}
	if err := c.checkRoom(delta, mode, flags); err != nil {
		return err
	}
	s := c.state()
	at := s.Network
	if mode == RoomNet {
		at += headerLen(s.Protocol)
	}
	if delta < 0 {
		if !s.Remove(at, -delta) {
			return rex.ErrNoMemory
		}
	} else {
		if !s.Insert(at, delta) {
			return rex.ErrNoMemory
		}
		s.Encapsulated = s.Encapsulated || flags&(EncapIPv4|EncapIPv6) != 0
	}
	if s.GSOSize != 0 {
		if flags&FixedGSO == 0 {
			s.GSOSize -= uint16(delta)
		}
		s.GSOSegs = 0
	}
	switch {
	case flags&(EncapIPv6|DecapIPv6) != 0:
		s.Protocol = etherIPv6
	case flags&(EncapIPv4|DecapIPv4) != 0:
		s.Protocol = etherIPv4
	}
	return nil
}

// PushVLAN adds a VLAN tag: proto is 0x8100 or 0x88a8 (others mean the first), tci
// priority and VLAN id (bpf_skb_vlan_push). The kernel keeps the tag apart from the
// bytes; one that was kept apart already is put into them, which moves the packet.
func (c *Context) PushVLAN(proto, tci uint16) error {
	s := c.state()
	if proto != etherVLAN && proto != etherSVLAN {
		proto = etherVLAN
	}
	if s.VLANPresent {
		if !s.Insert(12, 4) {
			return rex.ErrNoMemory
		}
		binary.BigEndian.PutUint16(s.Linear[12:], s.VLANProto)
		binary.BigEndian.PutUint16(s.Linear[14:], s.VLANTCI)
		s.Protocol = s.VLANProto
	}
	s.VLANPresent, s.VLANProto, s.VLANTCI = true, proto, tci
	return nil
}

// PopVLAN removes the outermost VLAN tag, if there is one (bpf_skb_vlan_pop). It
// moves the packet when a tag was in its bytes.
func (c *Context) PopVLAN() error {
	s := c.state()
	isVLAN := func() bool { return s.Protocol == etherVLAN || s.Protocol == etherSVLAN }
	if s.VLANPresent {
		s.VLANPresent, s.VLANProto, s.VLANTCI = false, 0, 0
	} else if isVLAN() {
		if _, err := popTag(s); err != nil {
			return err
		}
	} else {
		return nil
	}
	if isVLAN() {
		proto := s.Protocol
		tci, err := popTag(s)
		if err != nil {
			return err
		}
		s.VLANPresent, s.VLANProto, s.VLANTCI = true, proto, tci
	}
	return nil
}

// ReplaceL3Checksum corrects the checksum at off, for example that of an IPv4
// header, after d (bpf_l3_csum_replace). It may move the packet, as StoreBytes. The
// error is rex.ErrFault when off is odd or not in the packet's first 64 KiB, or
// rex.ErrNoMemory.
func (c *Context) ReplaceL3Checksum(off int, d packet.Diff) error {
	sum, err := c.checksum(off)
	if err == nil {
		sum.Set(d.Apply(sum.Get()))
	}
	return err
}

// ReplaceL4Checksum corrects the checksum of TCP, UDP and the like at off after d;
// one that hardware will compute, or has checked, is left to it
// (bpf_l4_csum_replace). Otherwise it is as ReplaceL3Checksum; rex.ErrInvalid is for
// other flags.
func (c *Context) ReplaceL4Checksum(off int, d packet.Diff, flags L4Flags) error {
	const size = 15 // BPF_F_HDR_FIELD_MASK
	if flags&size != 0 {
		return rex.ErrInvalid
	}
	sum, err := c.checksum(off)
	switch {
	case err != nil:
		return err
	case flags&^(PseudoHeader|MangledZero|Enforce|IPv6) != 0:
		return rex.ErrInvalid
	case flags&MangledZero != 0 && flags&Enforce == 0 && sum.Get() == 0:
		return nil
	}
	sum.Set(d.Apply(sum.Get()))
	if flags&MangledZero != 0 && sum.Get() == 0 {
		sum.Set(0xffff)
	}
	return nil
}

// CloneRedirect sends a copy of the packet, as it is now, to an interface, and goes
// on with the packet (bpf_clone_redirect). What is written afterwards the copy does
// not see. It moves the packet. Calling it with a lock held is a panic.
//
// The error is rex.ErrInvalid for other flags and when there is no such interface,
// rex.ErrRange for packets without a link-layer header, rex.ErrNetDown,
// rex.ErrNoBuffers, rex.ErrNoMemory, or another rex.Errno of the interface.
func (c *Context) CloneRedirect(ifindex uint32, flags RedirectFlags) error {
	s := c.state()
	if sim.LockHeld() {
		panic(sim.RuntimeError("packet sent with a lock held"))
	}
	if !s.Detach() {
		return rex.ErrNoMemory
	}
	switch {
	case flags&^FromIngress != 0:
		return rex.ErrInvalid
	case !sim.HasInterface(ifindex):
		return rex.ErrInvalid
	case s.Network == 0:
		return rex.ErrRange
	}
	s.Sent = append(s.Sent, sim.Sent{Ifindex: ifindex, Ingress: flags&FromIngress != 0, Data: s.All()})
	return nil
}

// headerLen is the length of an IP header without options.
func headerLen(etherType uint16) int {
	if etherType == etherIPv6 {
		return 40
	}
	return 20
}

// checkRoom makes the checks of bpf_skb_adjust_room in its order.
func (c *Context) checkRoom(delta int, mode RoomMode, flags RoomFlags) error {
	s := c.state()
	shrink, n := delta < 0, max(delta, -delta)
	innerMAC := int(flags >> 56)
	flags &= 1<<56 - 1
	decap, least := flags&(DecapIPv4|DecapIPv6), headerLen(s.Protocol)
	switch decap {
	case DecapIPv4:
		least = headerLen(etherIPv4)
	case DecapIPv6:
		least = headerLen(etherIPv6)
	}
	rest := s.Len() - s.Network
	switch {
	case flags >= DecapIPv6<<1:
		return rex.ErrInvalid
	case n > 0xfff:
		return rex.ErrFault
	case s.Protocol != etherIPv4 && s.Protocol != etherIPv6, mode > RoomMAC:
		return rex.ErrNotSupported
	case decap != 0 && !shrink, decap == DecapIPv4|DecapIPv6:
		return rex.ErrInvalid
	case shrink && (n >= rest || rest-n < least), !shrink && s.Len()+n > maxLen && s.GSOSize == 0:
		return rex.ErrNotSupported
	case shrink && (flags&^(FixedGSO|DecapIPv4|DecapIPv6|NoChecksumReset) != 0 || innerMAC != 0):
		return rex.ErrInvalid
	case s.GSOSize != 0 && !roomForSegments(s, flags):
		return rex.ErrNotSupported
	}
	const l3, l4 = EncapIPv4 | EncapIPv6, EncapGRE | EncapUDP
	if flags&l3 == 0 {
		return nil
	}
	const already = rex.Errno(114) // EALREADY
	// The kernel finds these out after it has made the headers its own.
	if !s.Detach() {
		return rex.ErrNoMemory
	}
	switch {
	case flags&l3 == l3, flags&l4 == l4, flags&EncapEthernet != 0 && innerMAC < 14:
		return rex.ErrInvalid
	case s.Encapsulated:
		return already
	case innerMAC > n:
		return rex.ErrInvalid
	}
	return nil
}

// roomForSegments reports whether a packet that will be split may get another
// length: one of TCP, or one of UDP whose segments keep theirs.
func roomForSegments(s *sim.SKB, flags RoomFlags) bool {
	p := packet.Protocol(s.Segmented)
	return p == packet.ProtoTCP || p == packet.ProtoUDP && flags&FixedGSO != 0
}

// popTag takes the VLAN tag out of the packet's bytes.
func popTag(s *sim.SKB) (tci uint16, err error) {
	if s.Len() < 18 || !s.Keep() {
		return 0, rex.ErrNoMemory
	}
	s.Pull(18)
	tci = binary.BigEndian.Uint16(s.Linear[14:])
	proto := binary.BigEndian.Uint16(s.Linear[16:])
	s.Remove(12, 4)
	// vlan_set_encap_proto: a number below 1536 is a length.
	if s.Protocol = proto; proto < 1536 {
		s.Protocol = 4 // ETH_P_802_2
		if len(s.Linear) >= 16 && s.Linear[14] == 0xff && s.Linear[15] == 0xff {
			s.Protocol = 1 // ETH_P_802_3
		}
	}
	s.Network = max(s.Network-4, 14)
	return tci, nil
}

// checksum returns the 16 bits at off.
func (c *Context) checksum(off int) (*packet.BE16, error) {
	s := c.state()
	if off < 0 || off > 0xffff || off&1 != 0 || off > s.Len()-2 {
		return nil, rex.ErrFault
	}
	if !s.Pull(off + 2) {
		return nil, rex.ErrNoMemory
	}
	return (*packet.BE16)(s.Linear[off:]), nil
}
