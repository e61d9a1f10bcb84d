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
	maxMeta  = 252
)

// newContext puts a packet into a buffer. A packet that is larger than a page
// has no room behind it.
func newContext(p sim.XDP) *Context {
	c := &Context{p: p, meta: headroom, head: headroom, tail: headroom + len(p.Data)}
	c.buf = make([]byte, headroom+max(len(p.Data), linear))
	copy(c.buf[headroom:], p.Data)
	c.meta -= copy(c.buf[headroom-len(p.Meta):], p.Meta)
	return c
}

// AdjustHead moves where the packet begins: by delta bytes towards its end, or
// away from it when delta is negative; Data then begins with bytes of any value.
// It returns rex.ErrInvalid, with the packet unchanged, when the buffer has no
// room for that or less than an Ethernet header would be left. Drivers leave up
// to 216 bytes. Metadata move along (bpf_xdp_adjust_head).
//
// Slices taken before stay valid and show the same bytes, but for those that
// metadata move over; Data returns the packet as it is now.
func (c *Context) AdjustHead(delta int) error {
	if delta < minHead-c.meta || delta > c.tail-c.head-etherLen {
		return rex.ErrInvalid
	}
	copy(c.buf[c.meta+delta:], c.buf[c.meta:c.head])
	c.meta, c.head = c.meta+delta, c.head+delta
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

// AdjustMeta moves where the metadata begin that lie in front of the packet: by
// delta bytes away from it when delta is negative, as there are none at first
// (bpf_xdp_adjust_meta). The size has to be a multiple of four, at most 252. The
// error is rex.ErrInvalid when it is not or there is no room, rex.ErrNotSupported
// when the driver has none for metadata; the packet is unchanged then.
func (c *Context) AdjustMeta(delta int) error {
	meta := c.meta + delta
	if delta != int(int32(delta)) || meta < minHead || meta > c.head || (c.head-meta)%4 != 0 || c.head-meta > maxMeta {
		return rex.ErrInvalid
	}
	c.meta = meta
	return nil
}

// Meta returns the metadata in front of the packet, of any value until they are
// written; tc.Context.LoadMeta reads them when the packet has reached the network
// stack: xdp_md.data_meta. rex.View makes a type of them. Its capacity equals its
// length.
//
// A slice stays valid as one of Data does.
func (c *Context) Meta() []byte {
	return c.buf[c.meta:c.head:c.head]
}

// FIBLookup looks up the route that p asks for, and writes it to p
// (bpf_fib_lookup). The error is rex.ErrInvalid for other flags and contradictions
// in p, or another rex.Errno.
func (c *Context) FIBLookup(p *rex.FIBParams, flags rex.FIBFlags) (rex.FIBResult, error) {
	return lookupFIB(p, flags)
}
