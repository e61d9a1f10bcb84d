// SPDX-License-Identifier: Apache-2.0

// Package unrest has programs that interrupt each other and end in every way.
package unrest

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/xdp"
)

// Counts is what Tick and Trip count on each CPU.
type Counts struct {
	Ticks, Trips uint64
}

var (
	table  = rex.NewHash[uint32, uint64](64)
	counts = rex.NewPerCPUArray[Counts](1)
	// never stays 0, but the compiler cannot know.
	never uint64
)

// Work keeps state on its stack, in its arena and in a map, and drops the
// packet only if all of it is as it should be.
//
//rex:xdp onpanic=continue timeout=10s
func Work(ctx *xdp.Context) xdp.Action {
	var stack [32]uint64
	arena := make([]uint64, 0, 1)
	for i := range uint32(32) {
		if err := table.Update(i, uint64(i)*3); err != nil {
			return xdp.Aborted
		}
		stack[i] = uint64(i) * 5
		arena = append(arena, uint64(i)*7)
	}
	for i := range uint32(32) {
		v := table.Lookup(i)
		if v == nil || *v != uint64(i)*3 || stack[i] != uint64(i)*5 || arena[i] != uint64(i)*7 {
			return xdp.Aborted
		}
	}
	return xdp.Drop
}

// Nothing is entered and left, and no more.
//
//rex:xdp onpanic=continue
func Nothing(ctx *xdp.Context) xdp.Action { return xdp.Drop }

// Panic ends at once.
//
//rex:xdp onpanic=continue
func Panic(ctx *xdp.Context) xdp.Action {
	var table [3]uint8
	return xdp.Action(table[never+5])
}

// Loop never ends, and has a millisecond to do so.
//
//rex:xdp onpanic=continue timeout=1ms
func Loop(ctx *xdp.Context) xdp.Action {
	for never == 0 {
	}
	return xdp.Drop
}

// Lookups never ends, nearly always in a helper.
//
//rex:xdp onpanic=continue timeout=20ms
func Lookups(ctx *xdp.Context) xdp.Action {
	for never == 0 {
		if table.Delete(77) == nil {
			never = 1
		}
	}
	return xdp.Drop
}

// Talk writes a log record.
//
//rex:xdp onpanic=continue
func Talk(ctx *xdp.Context) xdp.Action {
	rex.Log(rex.LevelInfo, "talk")
	return xdp.Drop
}

// Tick interrupts whatever runs, uses its stack and arena, and returns.
//
//rex:perfevent onpanic=continue timeout=10s
func Tick(ctx *perfevent.Context) perfevent.Action {
	waste := make([]uint64, 64)
	for i := range waste {
		waste[i] = ^never
	}
	if c := counts.Lookup(0); c != nil && waste[63] == ^never {
		c.Ticks++
	}
	return perfevent.Discard
}

// Trip interrupts whatever runs and panics.
//
//rex:perfevent onpanic=continue timeout=10s
func Trip(ctx *perfevent.Context) perfevent.Action {
	c := counts.Lookup(0)
	if c == nil {
		return perfevent.Discard
	}
	c.Trips++
	waste := make([]byte, 4096)
	never = uint64(waste[never+5000])
	return perfevent.Discard
}
