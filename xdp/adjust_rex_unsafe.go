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
// to 216 bytes.
//
// Slices taken before stay valid and show the same bytes; Data returns the
// packet as it is now.
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
