// SPDX-License-Identifier: Apache-2.0

// Package redirect sends packets elsewhere.
package redirect

import (
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/xdp"
)

var (
	devs   = rex.NewDevMap(8)
	byDev  = rex.NewDevMapHash(8)
	cpus   = rex.NewCPUMap()
	socks  = rex.NewXSKMap(4)
	target = rex.NewArray[uint32](1)
	seen   = rex.NewArray[uint64](1)
	// where is one more than the CPU that a packet was redirected on, and that it
	// arrived on.
	where = rex.NewArray[uint32](2)
)

// ours is a packet of the tests: EtherType 0x88b5, which is for experiments.
func ours(ctx *xdp.Context) bool {
	b := ctx.Data()
	if len(b) < 14 || b[12] != 0x88 || b[13] != 0xb5 {
		return false
	}
	if n := seen.Lookup(0); n != nil {
		atomic.AddUint64(n, 1)
	}
	return true
}

// Iface sends through one interface.
//
//rex:xdp
func Iface(ctx *xdp.Context) xdp.Action {
	t := target.Lookup(0)
	if t == nil || !ours(ctx) {
		return xdp.Pass
	}
	return ctx.Redirect(*t)
}

// Dev sends through what stands in the map.
//
//rex:xdp
func Dev(ctx *xdp.Context) xdp.Action {
	t := target.Lookup(0)
	if t == nil || !ours(ctx) {
		return xdp.Pass
	}
	return xdp.RedirectMap(ctx, devs, *t, xdp.OrDrop)
}

// ByDev sends through what stands in the hash.
//
//rex:xdp
func ByDev(ctx *xdp.Context) xdp.Action {
	t := target.Lookup(0)
	if t == nil || !ours(ctx) {
		return xdp.Pass
	}
	return xdp.RedirectMap(ctx, byDev, *t, xdp.OrDrop)
}

// All sends through all interfaces but the one the packet came in on.
//
//rex:xdp
func All(ctx *xdp.Context) xdp.Action {
	if !ours(ctx) {
		return xdp.Pass
	}
	return xdp.RedirectMap(ctx, devs, 0, xdp.Broadcast|xdp.ExcludeIngress)
}

// CPU has the packet go on on the other CPU.
//
//rex:xdp
func CPU(ctx *xdp.Context) xdp.Action {
	if !ours(ctx) {
		return xdp.Pass
	}
	if err := where.Update(0, rex.CPU()+1); err != nil {
		return xdp.Aborted
	}
	return xdp.RedirectMap(ctx, cpus, rex.CPU()^1, xdp.OrDrop)
}

// Arrive sees the packets that the network stack gets.
//
//rex:tc
func Arrive(ctx *tc.Context) tc.Action {
	if ctx.Protocol() == 0x88b5 {
		if err := where.Update(1, rex.CPU()+1); err != nil {
			return tc.Shot
		}
	}
	return tc.Unspec
}

// Socket hands the packet to an AF_XDP socket.
//
//rex:xdp
func Socket(ctx *xdp.Context) xdp.Action {
	if !ours(ctx) {
		return xdp.Pass
	}
	return xdp.RedirectMap(ctx, socks, ctx.RxQueueIndex(), xdp.OrDrop)
}

// Panics after it has said where the packet goes.
//
//rex:xdp onpanic=continue
func Panics(ctx *xdp.Context) xdp.Action {
	if !ours(ctx) {
		return xdp.Pass
	}
	xdp.RedirectMap(ctx, devs, 0, xdp.Broadcast)
	panic("after all")
}

// NilMap panics.
//
//rex:xdp onpanic=continue
func NilMap(ctx *xdp.Context) xdp.Action {
	var none *rex.DevMap
	return xdp.RedirectMap(ctx, none, 0, xdp.OrPass)
}
