// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package tc

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
)

// Context is a packet in the network stack: the kernel's struct sk_buff. It is
// valid during the invocation it was passed to.
type Context struct {
	_ [0]func()
	_ byte
}

func (c *Context) state() *sim.SKB { return sim.State[*sim.SKB](c) }

// Len returns the packet's length in bytes from its link-layer header on, which may
// exceed that of Data.
func (c *Context) Len() uint32 { s := c.state(); return uint32(len(s.Linear) + len(s.Paged)) }

// Data returns the packet's bytes from the link-layer header on as far as they lie
// in one piece; LoadBytes reads the others. Its capacity equals its length. Writes
// change the packet: if others hold a clone of it, Data first copies the bytes, so
// that they do not see the changes. When there is no memory for that it returns
// nil.
//
// A slice stays valid until the invocation ends, but after something that moves
// the packet it shows the old bytes.
func (c *Context) Data() []byte {
	s := c.state()
	s.Sliced = true
	return s.Linear[:len(s.Linear):len(s.Linear)]
}

// LoadBytes copies len(dst) bytes from off on, wherever in the packet they are. It
// returns rex.ErrFault, with dst zeroed, when the packet ends before. Unlike Data
// it never copies the packet.
func (c *Context) LoadBytes(dst []byte, off int) error {
	s := c.state()
	all := append(append([]byte(nil), s.Linear...), s.Paged...)
	if off < 0 || off > len(all) || len(dst) > len(all)-off {
		clear(dst)
		return rex.ErrFault
	}
	copy(dst, all[off:])
	return nil
}

// Protocol returns the EtherType of the packet behind VLAN tags that the kernel
// keeps apart, for example 0x0800.
func (c *Context) Protocol() uint16 { return c.state().Protocol }

// PacketType returns whom the packet is for: PACKET_HOST (0), PACKET_BROADCAST (1),
// PACKET_MULTICAST (2), PACKET_OTHERHOST (3), PACKET_OUTGOING (4) and so on of
// include/uapi/linux/if_packet.h.
func (c *Context) PacketType() uint32 { return c.state().PacketType }

// Mark returns the packet's mark, which routing, netfilter and other programs see.
func (c *Context) Mark() uint32 { return c.state().Mark }

// SetMark changes the packet's mark.
func (c *Context) SetMark(v uint32) { c.state().Mark = v }

// Priority returns the packet's queueing priority.
func (c *Context) Priority() uint32 { return c.state().Priority }

// SetPriority changes the packet's priority.
func (c *Context) SetPriority(v uint32) { c.state().Priority = v }

// QueueMapping returns the transmit queue plus one; on ingress the receive queue
// plus one. 0 is none.
func (c *Context) QueueMapping() uint16 { return c.state().QueueMapping }

// SetQueueMapping chooses the transmit queue v-1. 65535 is ignored, as it is for
// eBPF.
func (c *Context) SetQueueMapping(v uint16) {
	if v != 1<<16-1 {
		c.state().QueueMapping = v
	}
}

// TCIndex returns the packet's traffic control index.
func (c *Context) TCIndex() uint16 { return c.state().TCIndex }

// SetTCIndex changes the packet's traffic control index.
func (c *Context) SetTCIndex(v uint16) { c.state().TCIndex = v }

// ClassID returns the minor number of the traffic class chosen so far.
func (c *Context) ClassID() uint16 { return c.state().ClassID }

// SetClassID chooses the traffic class by its minor number.
func (c *Context) SetClassID(v uint16) { c.state().ClassID = v }

// CB returns the i-th word, from 0 to 4, of the scratch area that programs at the
// same hook share. It has any value before one of them has written it. CB panics
// for other i.
func (c *Context) CB(i int) uint32 { return c.state().CB[i] }

// SetCB changes the i-th word of the scratch area.
func (c *Context) SetCB(i int, v uint32) { c.state().CB[i] = v }

// Tstamp returns the packet's time stamp in nanoseconds, 0 when it has none: on
// ingress when it came in, on egress when it is to leave.
func (c *Context) Tstamp() uint64 { return c.state().Tstamp }

// SetTstamp changes the packet's time stamp.
func (c *Context) SetTstamp(v uint64) { c.state().Tstamp = v }

// HWTstamp returns the time stamp in nanoseconds that the hardware gave the packet,
// 0 when it has none.
func (c *Context) HWTstamp() uint64 { return c.state().HWTstamp }

// Ifindex returns the index of the interface the packet is at.
func (c *Context) Ifindex() uint32 { return c.state().Ifindex }

// IngressIfindex returns the index of the interface the packet came in on, 0 for one
// that this machine made.
func (c *Context) IngressIfindex() uint32 { return c.state().IngressIfindex }

// Hash returns the hash of the packet's flow, 0 when it was not computed.
func (c *Context) Hash() uint32 { return c.state().Hash }

// VLANPresent reports whether the packet has a VLAN tag that the kernel keeps apart
// from its bytes.
func (c *Context) VLANPresent() bool { return c.state().VLANPresent }

// VLANTCI returns that tag's control information: priority and VLAN id.
func (c *Context) VLANTCI() uint16 { return c.state().VLANTCI }

// VLANProto returns that tag's EtherType, for example 0x8100.
func (c *Context) VLANProto() uint16 { return c.state().VLANProto }

// WireLen returns the packet's length on the wire, on ingress without the link-layer
// header: that of all the segments it will be split into, headers included.
func (c *Context) WireLen() uint32 { return c.state().WireLen }

// GSOSegs returns into how many segments the packet will be split, 0 when into none.
func (c *Context) GSOSegs() uint16 { return c.state().GSOSegs }

// GSOSize returns the size of these segments in bytes without headers.
func (c *Context) GSOSize() uint16 { return c.state().GSOSize }

// Socket returns what is known about the socket the packet belongs to. It is false
// when there is none: a forwarded packet, or an incoming one whose socket has not
// been looked up yet.
func (c *Context) Socket() (Socket, bool) {
	s, ok := c.state().Socket.(Socket)
	return s, ok
}
