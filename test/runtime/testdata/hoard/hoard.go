// SPDX-License-Identifier: Apache-2.0

// Package hoard acquires all that can be held and forgets to give it back,
// however it ends.
package hoard

import (
	"encoding/binary"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kernel"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/xdp"
)

// Cell is what a lock protects.
type Cell struct {
	Lock rex.SpinLock
	N    uint32
}

// Record is what is reserved.
type Record struct{ N uint64 }

var (
	cells   = rex.NewArray[Cell](2)
	records = rex.NewRingBuf(1 << 20)
	depths  = rex.NewHash[uint32, uint64](4)
	usage   = rex.NewArray[uint32](1)
	// never stays 0, but the compiler cannot know.
	never uint64
)

// What is held.
const (
	Lock = 1 << iota
	TwoLocks
	OneRecord
	ManyRecords // with two locks they are as much as can be held
	Packet
	Task
)

// How the program ends.
const (
	Return = iota
	Panic
	Loop
	Overflow
)

// The order: test packets have the EtherType for experiments, then what to hold
// and how to end, and the task to hold. The byte at scratch is written to.
const (
	scratch = 16
	task    = 20
	header  = 24
)

func order(b []byte) (what, how byte, pid uint32, ok bool) {
	if len(b) < header || b[12] != 0x88 || b[13] != 0xb5 {
		return 0, 0, 0, false
	}
	return b[14], b[15], binary.LittleEndian.Uint32(b[task:]), true
}

func lock(i uint32) bool {
	c := cells.Lookup(i)
	if c != nil {
		c.Lock.Lock()
	}
	return c != nil
}

func reserve(n int) bool {
	for i := range n {
		r := rex.Reserve[Record](records)
		if r == nil {
			return false
		}
		r.Value.N = uint64(i)
	}
	return true
}

// hold reports whether it got everything.
func hold(what byte, pid uint32) bool {
	switch {
	case what&Task != 0 && rex.TaskByPID(pid) == nil,
		what&OneRecord != 0 && !reserve(1),
		what&ManyRecords != 0 && !reserve(14),
		what&(Lock|TwoLocks) != 0 && !lock(0),
		what&TwoLocks != 0 && !lock(1):
		return false
	}
	return true
}

func end(how byte) {
	switch how {
	case Panic:
		var table [3]uint8
		never = uint64(table[int(never)+int(how)+2])
	case Loop:
		for never == 0 {
		}
	case Overflow:
		never = recurse(never)
	}
}

// recurse calls a helper at each depth, down to where the stack ends.
func recurse(n uint64) uint64 {
	if never != 0 || depths.Update(0, n) != nil {
		return n
	}
	return recurse(n+1) ^ n + 1
}

// XDP drops the packet if it returns.
//
//rex:xdp onpanic=continue timeout=20ms
func XDP(ctx *xdp.Context) xdp.Action {
	what, how, pid, ok := order(ctx.Data())
	if !ok || !hold(what, pid) {
		return xdp.Aborted
	}
	end(how)
	return xdp.Drop
}

// In drops a test packet if it returns. Its bytes are written to, which keeps
// them for others.
//
//rex:tc onpanic=continue timeout=20ms
func In(ctx *tc.Context) tc.Action {
	var b [header]byte
	if ctx.LoadBytes(b[:], 0) != nil {
		return tc.Unspec
	}
	what, how, pid, ok := order(b[:])
	if !ok {
		return tc.Unspec
	}
	if what&Packet != 0 {
		ctx.Data()[scratch] ^= 1
	}
	if !hold(what, pid) {
		return tc.Unspec
	}
	end(how)
	return tc.Shot
}

// Free takes and releases all that may have been held, and drops the packet.
//
//rex:xdp onpanic=continue
func Free(ctx *xdp.Context) xdp.Action {
	a, b := cells.Lookup(0), cells.Lookup(1)
	if a == nil || b == nil {
		return xdp.Aborted
	}
	a.Lock.Lock()
	b.Lock.Lock()
	a.Lock.Unlock() // not the other way round: the order is the program's affair
	b.Lock.Unlock()
	for range 16 {
		r := rex.Reserve[Record](records)
		if r == nil {
			return xdp.Aborted
		}
		r.Discard()
	}
	return xdp.Drop
}

// Usage looks up how many references there are to a task, one of them its own,
// which it gives back.
//
//rex:xdp onpanic=continue
func Usage(ctx *xdp.Context) xdp.Action {
	_, _, pid, ok := order(ctx.Data())
	t := rex.TaskByPID(pid)
	if !ok || t == nil {
		return xdp.Aborted
	}
	n := kernel.Read[uint32](kernel.Pointer(t.Info().Address), kernel.Offset("task_struct", "usage.refs.counter"))
	t.Release()
	if usage.Update(0, n) != nil {
		return xdp.Aborted
	}
	return xdp.Drop
}
