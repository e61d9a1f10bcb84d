// SPDX-License-Identifier: Apache-2.0

//go:build rex

package tc

import (
	"unsafe"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/rt"
	"github.com/rex-go/rex/packet"
)

// SAFETY (all uses of unsafe in this file): as in context_rex_unsafe.go; c.skb()
// panics for a nil c. What moves the packet's bytes keeps the old ones for the
// slices of them (kmod/src/skb_move.c).

// result returns a helper's result as an error.
func result(r int64) error {
	switch -r {
	case 0:
		return nil
	case int64(rex.ErrInvalid):
		return rex.ErrInvalid
	case int64(rex.ErrFault):
		return rex.ErrFault
	case int64(rex.ErrNoMemory):
		return rex.ErrNoMemory
	case int64(rex.ErrNotSupported):
		return rex.ErrNotSupported
	case int64(rex.ErrNoBuffers):
		return rex.ErrNoBuffers
	case int64(rex.ErrNetDown):
		return rex.ErrNetDown
	case int64(rex.ErrRange):
		return rex.ErrRange
	}
	return rex.Errno(-r)
}

// StoreBytes copies src to off in the packet, wherever that is
// (bpf_skb_store_bytes). Bytes that others share are copied first, so that they
// do not see the change. It moves the packet when they are, or when the bytes are
// beyond those of Data. The error is rex.ErrFault when the packet ends before,
// rex.ErrInvalid for other flags, rex.ErrNoMemory.
func (c *Context) StoreBytes(src []byte, off int, flags StoreFlags) error {
	// SAFETY: the helper reads len(src) bytes of src and checks off and flags.
	return result(rt.SKBStoreBytes(c.skb(), off, unsafe.Pointer(unsafe.SliceData(src)), len(src), uint64(flags)))
}

// PullData makes the first n bytes, or for 0 those of Data, lie in one piece that
// is the packet's own, so that Data has them (bpf_skb_pull_data). It may move the
// packet. The error is rex.ErrInvalid when the packet is shorter, or
// rex.ErrNoMemory.
func (c *Context) PullData(n int) error {
	return result(rt.SKBPullData(c.skb(), n))
}

// ChangeHead puts n zero bytes in front of the packet, for a link-layer header
// (bpf_skb_change_head). It moves the packet. The error is rex.ErrInvalid when n is
// negative or the packet would be too long, or rex.ErrNoMemory.
func (c *Context) ChangeHead(n int) error {
	if n < 0 || n != int(int32(n)) {
		return rex.ErrInvalid
	}
	return result(rt.SKBChangeHead(c.skb(), n))
}

// ChangeTail makes the packet n bytes long; bytes that it grows by are zero
// (bpf_skb_change_tail). All of it lies in one piece then. It moves the packet. The
// error is rex.ErrInvalid when n is less than the headers that the kernel knows of
// or too large, rex.ErrNotSupported for packets with an inner packet,
// rex.ErrNoMemory.
func (c *Context) ChangeTail(n int) error {
	if n < 0 || n != int(int32(n)) {
		return rex.ErrInvalid
	}
	return result(rt.SKBChangeTail(c.skb(), n))
}

// ChangeProto makes room for an IPv6 header (0x86dd) where there was one of IPv4,
// or the other way round (0x0800): the header's bytes, and the link-layer header's
// type, are the program's to write (bpf_skb_change_proto). It moves the packet. The
// error is rex.ErrNotSupported for anything else, or rex.ErrNoMemory.
func (c *Context) ChangeProto(etherType uint16) error {
	return result(rt.SKBChangeProto(c.skb(), uint32(etherType)))
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
	return result(rt.SKBAdjustRoom(c.skb(), delta, uint32(mode), uint64(flags)))
}

// PushVLAN adds a VLAN tag: proto is 0x8100 or 0x88a8 (others mean the first), tci
// priority and VLAN id (bpf_skb_vlan_push). The kernel keeps the tag apart from the
// bytes; one that was kept apart already is put into them, which moves the packet.
func (c *Context) PushVLAN(proto, tci uint16) error {
	return result(rt.SKBVLANPush(c.skb(), uint32(proto), uint32(tci)))
}

// PopVLAN removes the outermost VLAN tag, if there is one (bpf_skb_vlan_pop). It
// moves the packet when a tag was in its bytes.
func (c *Context) PopVLAN() error {
	return result(rt.SKBVLANPop(c.skb()))
}

// ReplaceL3Checksum corrects the checksum at off, for example that of an IPv4
// header, after d (bpf_l3_csum_replace). It may move the packet, as StoreBytes. The
// error is rex.ErrFault when off is odd or not in the packet's first 64 KiB, or
// rex.ErrNoMemory.
func (c *Context) ReplaceL3Checksum(off int, d packet.Diff) error {
	return result(rt.L3CsumReplace(c.skb(), off, uint32(d)))
}

// ReplaceL4Checksum corrects the checksum of TCP, UDP and the like at off after d;
// one that hardware will compute, or has checked, is left to it
// (bpf_l4_csum_replace). Otherwise it is as ReplaceL3Checksum; rex.ErrInvalid is for
// other flags.
func (c *Context) ReplaceL4Checksum(off int, d packet.Diff, flags L4Flags) error {
	return result(rt.L4CsumReplace(c.skb(), off, uint32(d), uint64(flags)))
}

// CloneRedirect sends a copy of the packet, as it is now, to an interface, and goes
// on with the packet (bpf_clone_redirect). What is written afterwards the copy does
// not see. It moves the packet. Calling it with a lock held is a panic.
//
// The error is rex.ErrInvalid for other flags and when there is no such interface,
// rex.ErrRange for packets without a link-layer header, rex.ErrNetDown,
// rex.ErrNoBuffers, rex.ErrNoMemory, or another rex.Errno of the interface.
func (c *Context) CloneRedirect(ifindex uint32, flags RedirectFlags) error {
	return result(rt.CloneRedirect(c.skb(), ifindex, uint64(flags)))
}
