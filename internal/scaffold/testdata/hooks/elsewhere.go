// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/xdp"
)

// Event is a sample.
type Event struct {
	Len  uint32
	Kind uint32
	N    uint64
}

var (
	events   = rex.NewPerfEventArray[Event]()
	stacks   = rex.NewStackTrace(64)
	counters = rex.NewPerfCounters()
	devs     = rex.NewDevMap(4)
	devHash  = rex.NewDevMapHash(4)
	cpus     = rex.NewCPUMap()
	sockets  = rex.NewXSKMap(4)
)

//rex:xdp
func Emit(ctx *xdp.Context) xdp.Action {
	b := ctx.Data()
	if xdp.Output(ctx, events, rex.CurrentCPU, Event{uint32(len(b)), 1, 10}) != nil ||
		xdp.OutputPacket(ctx, events, rex.CurrentCPU, Event{uint32(len(b)), 2, 20}, 32) != nil {
		return xdp.Aborted
	}
	if xdp.OutputPacket(ctx, events, rex.CurrentCPU, Event{}, len(b)+1) != rex.ErrFault {
		return xdp.Drop
	}
	return xdp.Pass
}

//rex:kprobe do_unlinkat
func Trace(ctx *kprobe.Context) kprobe.Action {
	id, err := ctx.StackID(stacks, 0)
	if e, ok := err.(rex.Errno); ok {
		set(1, uint64(e))
	}
	set(0, uint64(id))
	if kprobe.Output(ctx, events, rex.CurrentCPU, Event{0, 3, uint64(id)}) != nil {
		set(1, 1000)
	}
	return kprobe.Continue
}

//rex:kprobe do_unlinkat
func Count(ctx *kprobe.Context) kprobe.Action {
	if c, err := counters.Read(rex.CurrentCPU); err == nil {
		set(0, c.Value)
	}
	return kprobe.Continue
}

// Send sends a packet to a map, the first byte, under a key, the second.
//
//rex:xdp
func Send(ctx *xdp.Context) xdp.Action {
	b := ctx.Data()
	key := uint32(b[1])
	switch b[0] {
	case 0:
		return xdp.RedirectMap(ctx, devs, key, xdp.OrPass)
	case 1:
		return xdp.RedirectMap(ctx, devHash, key, xdp.OrPass)
	case 2:
		return xdp.RedirectMap(ctx, cpus, key, xdp.OrPass)
	case 3:
		return xdp.RedirectMap(ctx, sockets, key, xdp.OrPass)
	}
	ifindex, ok := devs.Lookup(key)
	if !ok {
		return xdp.Drop
	}
	set(0, uint64(ifindex))
	return xdp.TX
}
