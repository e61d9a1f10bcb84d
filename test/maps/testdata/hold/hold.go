// SPDX-License-Identifier: Apache-2.0

// Package hold takes locks and reserves records, and ends in every way while
// it holds them.
package hold

import (
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

// Cell is what a lock protects: N and M are equal whenever it is free.
type Cell struct {
	Lock rex.SpinLock
	Zero uint32
	N, M uint64
}

// Event is a record.
type Event struct{ Seq uint64 }

// Entries of table, bytes of events.
const (
	Entries = 64
	Bytes   = 1 << 20
)

var (
	cells  = rex.NewArray[Cell](4)
	table  = rex.NewHash[uint32, uint64](Entries)
	once   = rex.NewHash[uint32, uint64](20000)
	turns  = rex.NewPerCPUArray[uint64](1)
	totals = rex.NewArray[Totals](1)
	events = rex.NewRingBuf(Bytes)
	// never stays 0, but the compiler cannot know.
	never uint64
)

// Totals are counters that all CPUs change.
type Totals struct {
	Method   atomic.Uint64
	Function uint64
	// Stored is how often LoadOrStore stored, Failed how often it could not.
	Stored, Failed uint64
	// Arrived counts the CPUs that came to a meeting.
	Arrived uint64
	// Seen is the longest iteration.
	Seen uint64
}

// How a program ends, and what it holds then.
const (
	Return = iota
	Panic
	Loop
)

// End holds a lock if the packet's second byte says so and ends as its first
// says.
//
//rex:xdp onpanic=continue
func End(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 2 {
		return xdp.Aborted
	}
	if data[1] != 0 {
		lock(0)
	}
	switch data[0] {
	case Panic:
		var table [3]uint8
		return xdp.Action(table[int(never)+len(data)])
	case Loop:
		for never == 0 {
		}
	}
	return xdp.Drop
}

func lock(i uint32) {
	if c := cells.Lookup(i); c != nil {
		c.Lock.Lock()
	}
}

func unlock(i uint32) {
	if c := cells.Lookup(i); c != nil {
		c.Lock.Unlock()
	}
}

// Free takes and releases all that End may have held.
//
//rex:xdp onpanic=continue
func Free(ctx *xdp.Context) xdp.Action {
	lock(0)
	lock(1)
	unlock(0) // not the other way round: the order is the program's affair
	unlock(1)
	if r := rex.Reserve[Event](events); r != nil {
		r.Discard()
		return xdp.Drop
	}
	return xdp.Aborted
}

// meet waits until n CPUs have come.
func meet(n uint64) {
	t := totals.Lookup(0)
	if t == nil {
		return
	}
	atomic.AddUint64(&t.Arrived, 1)
	for atomic.LoadUint64(&t.Arrived) < n {
	}
}

// Hog meets the other CPU with the lock held and keeps it.
//
//rex:xdp onpanic=continue
func Hog(ctx *xdp.Context) xdp.Action {
	lock(0)
	meet(2)
	for never == 0 {
	}
	return xdp.Aborted
}

// Wait meets the other CPU and then wants the lock. Its budget is long: where
// QEMU runs all processors in one thread, the other may have to wait for a
// tenth of a second until it is its turn.
//
//rex:xdp onpanic=continue timeout=5s
func Wait(ctx *xdp.Context) xdp.Action {
	meet(2)
	lock(0)
	unlock(0)
	return xdp.Drop
}

// Count does what goes wrong when two CPUs do it at once.
//
//rex:xdp onpanic=continue
func Count(ctx *xdp.Context) xdp.Action {
	c, t, turn := cells.Lookup(0), totals.Lookup(0), turns.Lookup(0)
	if c == nil || t == nil || turn == nil {
		return xdp.Aborted
	}
	rex.Locked(&c.Lock, func() {
		n := c.N
		c.M++
		c.N = n + 1
	})
	t.Method.Add(1)
	atomic.AddUint64(&t.Function, 1)
	// Every CPU takes its turns at the same keys.
	_, loaded, err := once.LoadOrStore(uint32(*turn), 1)
	*turn++
	switch {
	case err != nil:
		atomic.AddUint64(&t.Failed, 1)
	case !loaded:
		atomic.AddUint64(&t.Stored, 1)
	}
	return xdp.Drop
}

// Walk iterates, and so does user space.
//
//rex:xdp onpanic=continue
func Walk(ctx *xdp.Context) xdp.Action {
	var n uint64
	for k, v := range table.All() {
		if *v != uint64(k)+1 {
			return xdp.Aborted
		}
		n++
	}
	if t := totals.Lookup(0); t != nil && n > t.Seen {
		t.Seen = n
	}
	return xdp.Drop
}
