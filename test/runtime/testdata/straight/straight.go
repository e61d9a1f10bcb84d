// SPDX-License-Identifier: Apache-2.0

// Package straight has programs without a loop or recursion whose time is not
// enough: they call what works for long, one time after the other.
package straight

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/xdp"
)

// Shapes of code; 0 returns at once.
const (
	Helpers = 1 + iota
	Memory
)

// Cell is what a lock is part of.
type Cell struct {
	Lock rex.SpinLock
	N    uint32
}

var (
	// shape is what the next program does.
	shape = rex.NewArray[uint32](1)
	// began is when it began to.
	began = rex.NewArray[uint64](1)
	cells = rex.NewArray[Cell](1)
	// never stays 0, but the compiler cannot know.
	never uint64
)

const blockBytes = 1 << 17

// run does what is asked for, once.
func run() {
	s, b := shape.Lookup(0), began.Lookup(0)
	if s == nil || b == nil || *s == 0 {
		return
	}
	what := *s
	*s = 0
	*b = rex.MonotonicNanos()
	block := make([]byte, 2*blockBytes)
	switch what {
	case Helpers:
		read1000(block)
	case Memory:
		copy1000(block[:blockBytes], block[blockBytes:])
	}
}

// 1000 calls of a helper that works for long.

//go:noinline
func read1(b []byte) {
	if rex.ReadKernelBytes(b, 0) == nil {
		never = 1
	}
}

//go:noinline
func read10(b []byte) {
	read1(b)
	read1(b)
	read1(b)
	read1(b)
	read1(b)
	read1(b)
	read1(b)
	read1(b)
	read1(b)
	read1(b)
}

//go:noinline
func read100(b []byte) {
	read10(b)
	read10(b)
	read10(b)
	read10(b)
	read10(b)
	read10(b)
	read10(b)
	read10(b)
	read10(b)
	read10(b)
}

func read1000(b []byte) {
	read100(b)
	read100(b)
	read100(b)
	read100(b)
	read100(b)
	read100(b)
	read100(b)
	read100(b)
	read100(b)
	read100(b)
}

// The same with what is a call of the kernel's own memory functions.

//go:noinline
func copy1(a, b []byte) { copy(a, b) }

//go:noinline
func copy10(a, b []byte) {
	copy1(a, b)
	copy1(a, b)
	copy1(a, b)
	copy1(a, b)
	copy1(a, b)
	copy1(a, b)
	copy1(a, b)
	copy1(a, b)
	copy1(a, b)
	copy1(a, b)
}

//go:noinline
func copy100(a, b []byte) {
	copy10(a, b)
	copy10(a, b)
	copy10(a, b)
	copy10(a, b)
	copy10(a, b)
	copy10(a, b)
	copy10(a, b)
	copy10(a, b)
	copy10(a, b)
	copy10(a, b)
}

func copy1000(a, b []byte) {
	copy100(a, b)
	copy100(a, b)
	copy100(a, b)
	copy100(a, b)
	copy100(a, b)
	copy100(a, b)
	copy100(a, b)
	copy100(a, b)
	copy100(a, b)
	copy100(a, b)
}

// XDP drops the packet if its time is enough.
//
//rex:xdp onpanic=continue timeout=20ms arena=512KiB
func XDP(ctx *xdp.Context) xdp.Action {
	run()
	return xdp.Drop
}

// Locked does the same with a lock held.
//
//rex:xdp onpanic=continue timeout=20ms arena=512KiB
func Locked(ctx *xdp.Context) xdp.Action {
	if c := cells.Lookup(0); c != nil {
		c.Lock.Lock()
	}
	run()
	return xdp.Drop
}

// Interrupt runs in the clock's interrupt.
//
//rex:perfevent onpanic=continue timeout=20ms arena=512KiB
func Interrupt(ctx *perfevent.Context) perfevent.Action {
	run()
	return perfevent.Discard
}
