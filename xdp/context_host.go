// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package xdp

import "github.com/rex-go/rex/internal/sim"

// Context is a packet in the receive path: the kernel's struct xdp_buff
// (include/net/xdp.h). It is valid during the invocation it was passed to.
type Context struct {
	_ [0]func()
	p sim.XDP
	// The packet is buf[head:tail], its metadata buf[meta:head].
	buf              []byte
	meta, head, tail int
}

func init() {
	sim.NewXDP = func(p sim.XDP) any { return newContext(p) }
}

// Data returns the packet's bytes from the Ethernet header on: the linear part,
// at most 64 KiB. Its capacity equals its length. Writes change the packet.
func (c *Context) Data() []byte { return c.buf[c.head:c.tail:c.tail] }

// IngressIfindex returns the index of the interface the packet came in on.
func (c *Context) IngressIfindex() uint32 { return c.p.IngressIfindex }

// RxQueueIndex returns the number of the receive queue the packet came in on.
func (c *Context) RxQueueIndex() uint32 { return c.p.RxQueueIndex }
