// SPDX-License-Identifier: Apache-2.0

// Package endless has programs of every type whose time is never enough, in code
// of every shape.
package endless

import (
	"sort"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/tracepoint"
	"github.com/rex-go/rex/xdp"
)

// Shapes of code; 0 returns at once.
const (
	Leaf = 1 + iota
	Mutual
	Inlined
	Library
	Helpers
	Iterator
)

// Cell is what a lock is part of.
type Cell struct {
	Lock rex.SpinLock
	N    uint32
}

var (
	// shape is what the next program does, only the process for which it
	// does so in a probe.
	shape = rex.NewArray[uint32](1)
	only  = rex.NewArray[uint32](1)
	// began is when it began to.
	began = rex.NewArray[uint64](1)
	table = rex.NewHash[uint32, uint64](64)
	cells = rex.NewArray[Cell](1)
	// never stays 0, but the compiler cannot know.
	never uint64
)

// run does what is asked for, once.
func run() {
	s, b := shape.Lookup(0), began.Lookup(0)
	if s == nil || b == nil || *s == 0 {
		return
	}
	what := *s
	*s = 0
	*b = rex.MonotonicNanos()
	switch what {
	case Leaf:
		leaf()
	case Mutual:
		never = odd(200)
	case Inlined:
		inlined()
	case Library:
		sort.Sort(large{})
	case Helpers:
		for never == 0 {
			if table.Delete(77) == nil {
				never = 1
			}
		}
	case Iterator:
		for n := range numbers {
			never &= n
		}
	}
}

//go:noinline
func leaf() {
	for never == 0 {
	}
}

// odd and even call each other some 2^200 times, never deep.
//
//go:noinline
func odd(n uint64) uint64 {
	if n == 0 {
		return never
	}
	return even(n-1) + even(n-1)
}

//go:noinline
func even(n uint64) uint64 {
	if n == 0 {
		return never
	}
	return odd(n-1) ^ odd(n-1)
}

func inlined() {
	add := func(n uint64) { never += n }
	for !done() {
		add(0)
	}
}

func done() bool { return never != 0 }

// large is sorted for ever.
type large struct{}

func (large) Len() int           { return 1 << 60 }
func (large) Less(i, j int) bool { return never != 0 }
func (large) Swap(i, j int)      {}

func numbers(yield func(uint64) bool) {
	for n := uint64(0); yield(n); n++ {
	}
}

func wanted() bool {
	p := only.Lookup(0)
	return p != nil && *p != 0 && *p == rex.TGID()
}

// XDP drops the packet if its time is enough.
//
//rex:xdp onpanic=continue timeout=20ms
func XDP(ctx *xdp.Context) xdp.Action {
	run()
	return xdp.Drop
}

// Locked does the same with a lock held.
//
//rex:xdp onpanic=continue timeout=20ms
func Locked(ctx *xdp.Context) xdp.Action {
	if c := cells.Lookup(0); c != nil {
		rex.Locked(&c.Lock, run)
	}
	return xdp.Drop
}

// Short has the smallest budget.
//
//rex:xdp onpanic=continue timeout=1ms
func Short(ctx *xdp.Context) xdp.Action {
	run()
	return xdp.Drop
}

// TC drops the packet if its time is enough.
//
//rex:tc onpanic=continue timeout=20ms
func TC(ctx *tc.Context) tc.Action {
	run()
	return tc.Shot
}

// Kprobe runs on entry to getpgid(2).
//
//rex:kprobe __x64_sys_getpgid onpanic=continue timeout=20ms
func Kprobe(ctx *kprobe.Context) kprobe.Action {
	if wanted() {
		run()
	}
	return kprobe.Continue
}

// Switch runs with interrupts off, under the run queue's lock.
//
//rex:tracepoint sched/sched_switch onpanic=continue timeout=20ms
func Switch(ctx *tracepoint.Context[struct{}]) tracepoint.Action {
	run()
	return tracepoint.Keep
}

// Interrupt runs in the clock's interrupt.
//
//rex:perfevent onpanic=continue timeout=20ms
func Interrupt(ctx *perfevent.Context) perfevent.Action {
	run()
	return perfevent.Discard
}
