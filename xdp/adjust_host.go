// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package xdp

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
)

// A simulated buffer is a page, as most drivers' are: struct xdp_frame and
// headroom in front, struct skb_shared_info at the end.
const (
	headroom = 256
	minHead  = 40
	linear   = 4096 - headroom - 320
	// etherLen is what has to be left of a packet.
	etherLen = 14
)

// newContext puts a packet into a buffer. A packet that is larger than a page
// has no room behind it.
func newContext(p sim.XDP) *Context {
	c := &Context{p: p, head: headroom, tail: headroom + len(p.Data)}
	c.buf = make([]byte, headroom+max(len(p.Data), linear))
	copy(c.buf[headroom:], p.Data)
	return c
}

// AdjustHead moves where the packet begins: by delta bytes towards its end, or
// away from it when delta is negative; Data then begins with bytes of any value.
// It returns rex.ErrInvalid, with the packet unchanged, when the buffer has no
// room for that or less than an Ethernet header would be left. Drivers leave up
// to 216 bytes.
//
// Slices taken before stay valid and show the same bytes; Data returns the
// packet as it is now.
func (c *Context) AdjustHead(delta int) error {
	if delta < minHead-c.head || delta > c.tail-c.head-etherLen {
		return rex.ErrInvalid
	}
	c.head += delta
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
	if delta > len(c.buf)-c.tail || delta < etherLen-(c.tail-c.head) {
		return rex.ErrInvalid
	}
	if delta > 0 {
		clear(c.buf[c.tail : c.tail+delta])
	}
	c.tail += delta
	return nil
}
