// SPDX-License-Identifier: Apache-2.0

// Package nest has programs that run inside of others: a probe of a function
// that a helper calls, and a clock's samples of a program.
package nest

import (
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/xdp"
)

// Counts is what the programs count on each CPU.
type Counts struct {
	// Inside is non-zero while an outer program runs.
	Inside uint64
	// Probes and Samples count the inner runs within an outer one.
	Probes, Samples uint64
	// Faults counts the inner runs that were told to fail.
	Faults uint64
}

var (
	table  = rex.NewHash[uint32, uint64](64)
	counts = rex.NewPerCPUArray[Counts](1)
	// mode says how the inner program's next run within an outer one fails:
	// 1 panics, 2 loops, 3 recurses. Index 0 is Probe, 1 is Tick.
	mode = rex.NewArray[uint32](2)
	// never stays 0, but the compiler cannot know.
	never uint64
)

// Update calls a helper in a loop and computes something on its stack and in
// its arena meanwhile, which must come out right whatever runs in between.
//
//rex:xdp onpanic=continue
func Update(ctx *xdp.Context) xdp.Action {
	c := counts.Lookup(0)
	if c == nil {
		return xdp.Aborted
	}
	c.Inside++
	var stack [32]uint64
	arena := make([]uint64, 0, 1)
	for i := range uint32(32) {
		if err := table.Update(i, uint64(i)*3); err != nil {
			c.Inside--
			return xdp.Aborted
		}
		stack[i] = uint64(i) * 5
		arena = append(arena, uint64(i)*7)
	}
	c.Inside--
	for i := range uint32(32) {
		v := table.Lookup(i)
		if v == nil || *v != uint64(i)*3 || stack[i] != uint64(i)*5 || arena[i] != uint64(i)*7 {
			return xdp.Aborted
		}
	}
	return xdp.TX
}

// Spin works for 30 milliseconds.
//
//rex:xdp onpanic=continue
func Spin(ctx *xdp.Context) xdp.Action {
	c := counts.Lookup(0)
	if c == nil {
		return xdp.Aborted
	}
	c.Inside++
	var stack [32]uint64
	until := rex.MonotonicNanos() + 30_000_000
	rounds := uint64(0)
	for rex.MonotonicNanos() < until {
		for i := range stack {
			stack[i] += uint64(i)
		}
		rounds++
	}
	c.Inside--
	for i := range stack {
		if stack[i] != uint64(i)*rounds {
			return xdp.Aborted
		}
	}
	return xdp.TX
}

// Probe runs in the middle of the helper that Update calls.
//
//rex:kprobe htab_map_update_elem onpanic=continue timeout=20ms
func Probe(ctx *kprobe.Context) kprobe.Action {
	if c := counts.Lookup(0); c != nil && c.Inside > 0 {
		c.Probes++
		fault(c, 0)
	}
	return kprobe.Continue
}

// Tick interrupts Spin.
//
//rex:perfevent onpanic=continue timeout=5ms
func Tick(ctx *perfevent.Context) perfevent.Action {
	if c := counts.Lookup(0); c != nil && c.Inside > 0 {
		c.Samples++
		fault(c, 1)
	}
	return perfevent.Discard
}

func fault(c *Counts, prog uint32) {
	m := mode.Lookup(prog)
	if m == nil || *m == 0 {
		return
	}
	c.Faults++
	waste := make([]byte, 4096)
	switch atomic.SwapUint32(m, 0) {
	case 1:
		never = uint64(waste[never+5000])
	case 2:
		for never == 0 {
		}
	case 3:
		never = recurse(never)
	}
}

func recurse(n uint64) uint64 {
	if never != 0 {
		return n
	}
	return recurse(n+1) ^ n + 1
}
