// SPDX-License-Identifier: Apache-2.0

// Package circle has CPUs wait for each other's locks in a circle, and keeps
// locks for too long.
package circle

import (
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

// Cell is what a lock is part of.
type Cell struct {
	Lock rex.SpinLock
	N    uint32
}

var (
	cells = rex.NewArray[Cell](8)
	// arrived counts the CPUs that came to a meeting.
	arrived = rex.NewArray[uint64](1)
	times   = rex.NewArray[Times](8)
)

// Times are when a CPU, by the lock that it took first, began to wait for the
// second one, and when it got it.
type Times struct{ Wait, Got uint64 }

// meet waits until n CPUs have come.
func meet(n uint64) {
	a := arrived.Lookup(0)
	if a == nil {
		return
	}
	atomic.AddUint64(a, 1)
	for atomic.LoadUint64(a) < n {
	}
}

// Chain takes the lock that the packet's first byte names, meets as many CPUs as
// the third byte says, and takes the lock that the second names.
//
//rex:xdp onpanic=continue timeout=5s
func Chain(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 3 {
		return xdp.Aborted
	}
	own, other, n := cells.Lookup(uint32(data[0])), cells.Lookup(uint32(data[1])), uint64(data[2])
	at := times.Lookup(uint32(data[0]))
	if own == nil || other == nil || at == nil {
		return xdp.Aborted
	}
	meet(n) // with interrupts on: the others may take long to come
	own.Lock.Lock()
	meet(2 * n)
	at.Wait = rex.MonotonicNanos()
	other.Lock.Lock()
	at.Got = rex.MonotonicNanos()
	other.N++
	other.Lock.Unlock()
	own.Lock.Unlock()
	return xdp.Drop
}

// Hog takes a lock and keeps it, or takes it once more if the packet's first
// byte says so.
//
//rex:xdp onpanic=continue
func Hog(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	c, at := cells.Lookup(0), times.Lookup(0)
	if len(data) < 1 || c == nil || at == nil {
		return xdp.Aborted
	}
	at.Wait = rex.MonotonicNanos()
	c.Lock.Lock()
	if data[0] != 0 {
		c.Lock.Lock()
	}
	for at.Wait != 0 {
	}
	return xdp.Drop
}

// Free takes and releases the locks that the packet's third byte says.
//
//rex:xdp onpanic=continue
func Free(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 3 {
		return xdp.Aborted
	}
	for i := range uint32(data[2]) {
		c := cells.Lookup(i)
		if c == nil {
			return xdp.Aborted
		}
		c.Lock.Lock()
		c.Lock.Unlock()
	}
	return xdp.Drop
}
