// SPDX-License-Identifier: Apache-2.0

//go:build rex

package tc

import (
	"math/bits"
	"unsafe"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/rt"
)

// Context is a packet in the network stack: the kernel's struct sk_buff. It is
// valid during the invocation it was passed to.
type Context struct {
	_    [0]func()
	head byte // the first byte of the struct sk_buff
}

// SAFETY (all uses of unsafe in this file): c is the struct sk_buff that the
// kernel passed to the program, for nothing else makes a Context, and a nil one
// panics where its head's address is taken. It and the device it is at are valid
// during the invocation; the offsets are the target kernel's. Written are only
// members that eBPF programs may write, each with any value.

// maxLinear bounds the linear part of a packet: the largest is a few times
// 64 KiB.
const maxLinear = 1 << 20

// field returns the address of a member of a kernel struct.
func field[T any](base unsafe.Pointer, off uintptr) *T {
	return (*T)(unsafe.Add(base, off))
}

func (c *Context) skb() unsafe.Pointer { return unsafe.Pointer(&c.head) }

// cb returns the struct qdisc_skb_cb.
func (c *Context) cb() unsafe.Pointer {
	return unsafe.Add(c.skb(), rt.FieldOffset("sk_buff", "cb"))
}

// words returns the scratch area of struct qdisc_skb_cb: QDISC_CB_PRIV_LEN is 20.
func (c *Context) words() *[5]uint32 {
	return field[[5]uint32](c.cb(), rt.FieldOffset("qdisc_skb_cb", "data"))
}

// shared returns the struct skb_shared_info, which begins where the packet's
// buffer ends.
func (c *Context) shared() unsafe.Pointer {
	head := *field[unsafe.Pointer](c.skb(), rt.FieldOffset("sk_buff", "head"))
	end := *field[uint32](c.skb(), rt.FieldOffset("sk_buff", "end"))
	return unsafe.Add(head, end)
}

// Len returns the packet's length in bytes from its link-layer header on, which may
// exceed that of Data.
func (c *Context) Len() uint32 { return *field[uint32](c.skb(), rt.FieldOffset("sk_buff", "len")) }

// Data returns the packet's bytes from the link-layer header on as far as they lie
// in one piece; LoadBytes reads the others. Its capacity equals its length. Writes
// change the packet: if others hold a clone of it, Data first copies the bytes, so
// that they do not see the changes. When there is no memory for that it returns
// nil.
//
// A slice stays valid until the invocation ends, but after something that moves
// the packet it shows the old bytes.
func (c *Context) Data() []byte {
	// SAFETY: the bytes [data, data+len-data_len) stay mapped and writable
	// until the invocation ends: the helper made them this packet's own, and
	// keeps those it replaces. The slice expression checks the length
	// against maxLinear.
	skb := c.skb()
	if rt.SKBWritable(skb) != 0 {
		return nil
	}
	data := *field[unsafe.Pointer](skb, rt.FieldOffset("sk_buff", "data"))
	n := *field[uint32](skb, rt.FieldOffset("sk_buff", "len")) - *field[uint32](skb, rt.FieldOffset("sk_buff", "data_len"))
	return (*[maxLinear]byte)(data)[:n:n]
}

// LoadBytes copies len(dst) bytes from off on, wherever in the packet they are. It
// returns rex.ErrFault, with dst zeroed, when the packet ends before. Unlike Data
// it never copies the packet.
func (c *Context) LoadBytes(dst []byte, off int) error {
	// SAFETY: the helper writes len(dst) bytes of dst and checks off.
	if rt.SKBLoadBytes(c.skb(), off, unsafe.Pointer(unsafe.SliceData(dst)), len(dst)) != 0 {
		return rex.ErrFault
	}
	return nil
}

// Protocol returns the EtherType of the packet behind VLAN tags that the kernel
// keeps apart, for example 0x0800.
func (c *Context) Protocol() uint16 {
	return bits.ReverseBytes16(*field[uint16](c.skb(), rt.FieldOffset("sk_buff", "protocol")))
}

// PacketType returns whom the packet is for: PACKET_HOST (0), PACKET_BROADCAST (1),
// PACKET_MULTICAST (2), PACKET_OTHERHOST (3), PACKET_OUTGOING (4) and so on of
// include/uapi/linux/if_packet.h.
func (c *Context) PacketType() uint32 { return rt.SKBPktType(c.skb()) }

// Mark returns the packet's mark, which routing, netfilter and other programs see.
func (c *Context) Mark() uint32 { return *field[uint32](c.skb(), rt.FieldOffset("sk_buff", "mark")) }

// SetMark changes the packet's mark.
func (c *Context) SetMark(v uint32) { *field[uint32](c.skb(), rt.FieldOffset("sk_buff", "mark")) = v }

// Priority returns the packet's queueing priority.
func (c *Context) Priority() uint32 {
	return *field[uint32](c.skb(), rt.FieldOffset("sk_buff", "priority"))
}

// SetPriority changes the packet's priority.
func (c *Context) SetPriority(v uint32) {
	*field[uint32](c.skb(), rt.FieldOffset("sk_buff", "priority")) = v
}

// QueueMapping returns the transmit queue plus one; on ingress the receive queue
// plus one. 0 is none.
func (c *Context) QueueMapping() uint16 {
	return *field[uint16](c.skb(), rt.FieldOffset("sk_buff", "queue_mapping"))
}

// SetQueueMapping chooses the transmit queue v-1. 65535 is ignored, as it is for
// eBPF.
func (c *Context) SetQueueMapping(v uint16) {
	if v != 1<<16-1 {
		*field[uint16](c.skb(), rt.FieldOffset("sk_buff", "queue_mapping")) = v
	}
}

// TCIndex returns the packet's traffic control index.
func (c *Context) TCIndex() uint16 {
	return *field[uint16](c.skb(), rt.FieldOffset("sk_buff", "tc_index"))
}

// SetTCIndex changes the packet's traffic control index.
func (c *Context) SetTCIndex(v uint16) {
	*field[uint16](c.skb(), rt.FieldOffset("sk_buff", "tc_index")) = v
}

// ClassID returns the minor number of the traffic class chosen so far.
func (c *Context) ClassID() uint16 {
	return *field[uint16](c.cb(), rt.FieldOffset("qdisc_skb_cb", "tc_classid"))
}

// SetClassID chooses the traffic class by its minor number.
func (c *Context) SetClassID(v uint16) {
	*field[uint16](c.cb(), rt.FieldOffset("qdisc_skb_cb", "tc_classid")) = v
}

// CB returns the i-th word, from 0 to 4, of the scratch area that programs at the
// same hook share. It has any value before one of them has written it. CB panics
// for other i.
func (c *Context) CB(i int) uint32 { return c.words()[i] }

// SetCB changes the i-th word of the scratch area.
func (c *Context) SetCB(i int, v uint32) { c.words()[i] = v }

// Tstamp returns the packet's time stamp in nanoseconds, 0 when it has none: on
// ingress when it came in, on egress when it is to leave.
func (c *Context) Tstamp() uint64 { return rt.SKBTstamp(c.skb()) }

// SetTstamp changes the packet's time stamp.
func (c *Context) SetTstamp(v uint64) { rt.SKBSetTstamp(c.skb(), v) }

// HWTstamp returns the time stamp in nanoseconds that the hardware gave the packet,
// 0 when it has none.
func (c *Context) HWTstamp() uint64 {
	return *field[uint64](c.shared(), rt.FieldOffset("skb_shared_info", "hwtstamps"))
}

// Ifindex returns the index of the interface the packet is at.
func (c *Context) Ifindex() uint32 {
	dev := *field[unsafe.Pointer](c.skb(), rt.FieldOffset("sk_buff", "dev"))
	if dev == nil {
		return 0
	}
	return *field[uint32](dev, rt.FieldOffset("net_device", "ifindex"))
}

// IngressIfindex returns the index of the interface the packet came in on, 0 for one
// that this machine made.
func (c *Context) IngressIfindex() uint32 {
	return *field[uint32](c.skb(), rt.FieldOffset("sk_buff", "skb_iif"))
}

// Hash returns the hash of the packet's flow, 0 when it was not computed.
func (c *Context) Hash() uint32 { return *field[uint32](c.skb(), rt.FieldOffset("sk_buff", "hash")) }

// VLANPresent reports whether the packet has a VLAN tag that the kernel keeps apart
// from its bytes.
func (c *Context) VLANPresent() bool {
	return c.VLANTCI() != 0 || *field[uint16](c.skb(), rt.FieldOffset("sk_buff", "vlan_proto")) != 0
}

// VLANTCI returns that tag's control information: priority and VLAN id.
func (c *Context) VLANTCI() uint16 {
	return *field[uint16](c.skb(), rt.FieldOffset("sk_buff", "vlan_tci"))
}

// VLANProto returns that tag's EtherType, for example 0x8100.
func (c *Context) VLANProto() uint16 {
	return bits.ReverseBytes16(*field[uint16](c.skb(), rt.FieldOffset("sk_buff", "vlan_proto")))
}

// WireLen returns the packet's length on the wire, on ingress without the link-layer
// header: that of all the segments it will be split into, headers included.
func (c *Context) WireLen() uint32 {
	return *field[uint32](c.cb(), rt.FieldOffset("qdisc_skb_cb", "pkt_len"))
}

// GSOSegs returns into how many segments the packet will be split, 0 when into none.
func (c *Context) GSOSegs() uint16 {
	return *field[uint16](c.shared(), rt.FieldOffset("skb_shared_info", "gso_segs"))
}

// GSOSize returns the size of these segments in bytes without headers.
func (c *Context) GSOSize() uint16 {
	return *field[uint16](c.shared(), rt.FieldOffset("skb_shared_info", "gso_size"))
}

// Socket returns what is known about the socket the packet belongs to. It is false
// when there is none: a forwarded packet, or an incoming one whose socket has not
// been looked up yet.
func (c *Context) Socket() (Socket, bool) {
	var s Socket
	sk := *field[unsafe.Pointer](c.skb(), rt.FieldOffset("sk_buff", "sk"))
	if sk == nil {
		return s, false
	}
	// SAFETY: the packet, or RCU for one found on the way in, keeps the
	// socket during the invocation; whatever its kind, it begins with a
	// struct sock_common.
	s.Family = *field[uint16](sk, rt.FieldOffset("sock_common", "skc_family"))
	s.State = *field[uint8](sk, rt.FieldOffset("sock_common", "skc_state"))
	s.BoundIfindex = *field[uint32](sk, rt.FieldOffset("sock_common", "skc_bound_dev_if"))
	s.LocalPort = *field[uint16](sk, rt.FieldOffset("sock_common", "skc_num"))
	s.RemotePort = bits.ReverseBytes16(*field[uint16](sk, rt.FieldOffset("sock_common", "skc_dport")))
	switch s.Family {
	case familyInet:
		s.LocalIP4 = *field[[4]byte](sk, rt.FieldOffset("sock_common", "skc_rcv_saddr"))
		s.RemoteIP4 = *field[[4]byte](sk, rt.FieldOffset("sock_common", "skc_daddr"))
	case familyInet6:
		s.LocalIP6 = *field[[16]byte](sk, rt.FieldOffset("sock_common", "skc_v6_rcv_saddr"))
		s.RemoteIP6 = *field[[16]byte](sk, rt.FieldOffset("sock_common", "skc_v6_daddr"))
	}
	return s, true
}
