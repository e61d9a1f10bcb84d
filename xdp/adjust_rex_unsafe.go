// SPDX-License-Identifier: Apache-2.0

//go:build rex

package xdp

import (
	"unsafe"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/rt"
)

// AdjustHead moves where the packet begins: by delta bytes towards its end, or
// away from it when delta is negative; Data then begins with bytes of any value.
// It returns rex.ErrInvalid, with the packet unchanged, when the buffer has no
// room for that or less than an Ethernet header would be left. Drivers leave up
// to 216 bytes. Metadata move along (bpf_xdp_adjust_head).
//
// Slices taken before stay valid and show the same bytes, but for those that
// metadata move over; Data returns the packet as it is now.
func (c *Context) AdjustHead(delta int) error {
	if delta != int(int32(delta)) {
		return rex.ErrInvalid
	}
	// SAFETY: c is the program's struct xdp_buff. The kernel checks delta
	// against the buffer, which it neither moves nor frees.
	if rt.XDPAdjustHead(unsafe.Pointer(&c.head), delta) != 0 {
		return rex.ErrInvalid
	}
	return nil
}

// AdjustTail moves where the packet ends: by delta bytes, away from its beginning
// when delta is positive; the bytes it grows by are zero. It returns
// rex.ErrInvalid, with the packet unchanged, when the buffer has no room for that
// or less than an Ethernet header would be left. How much room there is is the
// driver's choice: most give a packet a page of its own, but a veth pair none
// beyond the packet's end.
//
// Slices taken before stay valid and show the same bytes; Data returns the
// packet as it is now.
func (c *Context) AdjustTail(delta int) error {
	if delta != int(int32(delta)) {
		return rex.ErrInvalid
	}
	// SAFETY: as in AdjustHead.
	if rt.XDPAdjustTail(unsafe.Pointer(&c.head), delta) != 0 {
		return rex.ErrInvalid
	}
	return nil
}

// AdjustMeta moves where the metadata begin that lie in front of the packet: by
// delta bytes away from it when delta is negative, as there are none at first
// (bpf_xdp_adjust_meta). The size has to be a multiple of four, at most 252. The
// error is rex.ErrInvalid when it is not or there is no room, rex.ErrNotSupported
// when the driver has none for metadata; the packet is unchanged then.
func (c *Context) AdjustMeta(delta int) error {
	if delta != int(int32(delta)) {
		return rex.ErrInvalid
	}
	// SAFETY: as in AdjustHead.
	switch rt.XDPAdjustMeta(unsafe.Pointer(&c.head), delta) {
	case 0:
		return nil
	case -int64(rex.ErrNotSupported):
		return rex.ErrNotSupported
	}
	return rex.ErrInvalid
}

// Meta returns the metadata in front of the packet, of any value until they are
// written; tc.Context.LoadMeta reads them when the packet has reached the network
// stack: xdp_md.data_meta. rex.View makes a type of them. Its capacity equals its
// length.
//
// A slice stays valid as one of Data does.
func (c *Context) Meta() []byte {
	base := unsafe.Pointer(&c.head)
	// SAFETY: as in Data, for the bytes [data_meta, data). Where there is no
	// room for metadata, data_meta lies behind data (xdp_data_meta_unsupported
	// in include/net/xdp.h).
	meta := *field[unsafe.Pointer](base, rt.FieldOffset("xdp_buff", "data_meta"))
	data := *field[unsafe.Pointer](base, rt.FieldOffset("xdp_buff", "data"))
	if uintptr(meta) >= uintptr(data) {
		return nil
	}
	n := uintptr(data) - uintptr(meta)
	return (*[maxLinear]byte)(meta)[:n:n]
}

// FIBLookup looks up the route that p asks for, and writes it to p
// (bpf_fib_lookup). The error is rex.ErrInvalid for other flags and contradictions
// in p, or another rex.Errno.
func (c *Context) FIBLookup(p *rex.FIBParams, flags rex.FIBFlags) (rex.FIBResult, error) {
	_ = *p // a nil p panics here
	// SAFETY: c is the program's struct xdp_buff; the helper reads and writes a
	// struct bpf_fib_lookup, which *p is.
	r := rt.XDPFIBLookup(unsafe.Pointer(&c.head), unsafe.Pointer(p), uint32(flags))
	switch {
	case r == -int64(rex.ErrInvalid):
		return 0, rex.ErrInvalid
	case r < 0:
		return 0, rex.Errno(-r)
	}
	return rex.FIBResult(r), nil
}
