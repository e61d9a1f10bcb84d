// SPDX-License-Identifier: Apache-2.0

//go:build rex

package xdp

import (
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

// Context is a packet in the receive path: the kernel's struct xdp_buff
// (include/net/xdp.h). It is valid during the invocation it was passed to.
type Context struct {
	_    [0]func()
	head byte // the first byte of the struct xdp_buff
}

// maxLinear bounds the linear part of a packet: an XDP buffer's linear part
// lies in pages that drivers size far below this.
const maxLinear = 1 << 16

// field returns the address of a member of a kernel struct.
func field[T any](base unsafe.Pointer, off uintptr) *T {
	// SAFETY: base is a kernel struct and off a member's offset in the running
	// kernel's, T the member's type; each caller says so.
	return (*T)(unsafe.Add(base, off))
}

// Data returns the packet's bytes from the Ethernet header on: the linear part,
// at most 64 KiB. Its capacity equals its length. Writes change the packet.
func (c *Context) Data() []byte {
	base := unsafe.Pointer(&c.head)
	// SAFETY: c is the struct xdp_buff that the kernel passed to the program,
	// for nothing else makes a Context (a nil one panics here), and the
	// offsets are the target kernel's. The bytes [data, data_end) stay
	// mapped and writable until the program returns; the slice expression
	// checks the length against maxLinear.
	data := *field[unsafe.Pointer](base, rt.FieldOffset("xdp_buff", "data"))
	end := *field[unsafe.Pointer](base, rt.FieldOffset("xdp_buff", "data_end"))
	n := uintptr(end) - uintptr(data)
	return (*[maxLinear]byte)(data)[:n:n]
}

// IngressIfindex returns the index of the interface the packet came in on.
func (c *Context) IngressIfindex() uint32 {
	// SAFETY: rxq and rxq->dev are valid during the invocation (the driver
	// holds them); offsets are the target kernel's.
	rxq := *field[unsafe.Pointer](unsafe.Pointer(&c.head), rt.FieldOffset("xdp_buff", "rxq"))
	dev := *field[unsafe.Pointer](rxq, rt.FieldOffset("xdp_rxq_info", "dev"))
	return *field[uint32](dev, rt.FieldOffset("net_device", "ifindex"))
}

// RxQueueIndex returns the number of the receive queue the packet came in on.
func (c *Context) RxQueueIndex() uint32 {
	// SAFETY: as in IngressIfindex.
	rxq := *field[unsafe.Pointer](unsafe.Pointer(&c.head), rt.FieldOffset("xdp_buff", "rxq"))
	return *field[uint32](rxq, rt.FieldOffset("xdp_rxq_info", "queue_index"))
}
