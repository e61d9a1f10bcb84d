// SPDX-License-Identifier: Apache-2.0

// Package hoard acquires all that can be held and forgets to give it back,
// however it ends.
package hoard

import (
	"github.com/rex-go/rex"
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
)

// How the program ends.
const (
	Return = iota
	Panic
	Loop
	Overflow
)

// The order: test packets have the EtherType for experiments, then what to hold
// and how to end.
const header = 16

func order(b []byte) (what, how byte, ok bool) {
	if len(b) < header || b[12] != 0x88 || b[13] != 0xb5 {
		return 0, 0, false
	}
	return b[14], b[15], true
}

func lock(i uint32) {
	if c := cells.Lookup(i); c != nil {
		c.Lock.Lock()
	}
}

func reserve(n int) {
	for i := range n {
		if r := rex.Reserve[Record](records); r != nil {
			r.Value.N = uint64(i)
		}
	}
}

func hold(what byte) {
	if what&OneRecord != 0 {
		reserve(1)
	}
	if what&ManyRecords != 0 {
		reserve(14)
	}
	if what&(Lock|TwoLocks) != 0 {
		lock(0)
	}
	if what&TwoLocks != 0 {
		lock(1)
	}
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
	what, how, ok := order(ctx.Data())
	if !ok {
		return xdp.Aborted
	}
	hold(what)
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
	what, how, ok := order(b[:])
	if !ok {
		return tc.Unspec
	}
	if what&Packet != 0 {
		ctx.Data()[header] ^= 1
	}
	hold(what)
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
