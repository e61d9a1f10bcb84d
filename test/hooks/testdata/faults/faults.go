// SPDX-License-Identifier: Apache-2.0

// Package faults has a program of each type that fails on demand.
package faults

import (
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/tracepoint"
	"github.com/rex-go/rex/xdp"
)

// Programs, the index of the maps.
const (
	progXDP = iota
	progIn
	progOut
	progKprobe
	progKretprobe
	progTracepoint
	progSwitch
	progPerfEvent
	numProgs
)

var (
	// mode says how a program's next run fails: 1 panics, 2 loops, 3
	// recurses.
	mode = rex.NewArray[uint32](numProgs)
	runs = rex.NewArray[uint64](numProgs)
	only = rex.NewArray[uint32](1)
	// never stays 0, but the compiler cannot know.
	never uint64
)

// fault fails as mode says, once.
func fault(prog uint32) {
	if n := runs.Lookup(prog); n != nil {
		atomic.AddUint64(n, 1)
	}
	m := mode.Lookup(prog)
	if m == nil || *m == 0 {
		return
	}
	var table [3]uint8
	switch atomic.SwapUint32(m, 0) {
	case 1:
		never = uint64(at(&table, int(never)+5))
	case 2:
		for never == 0 {
		}
	case 3:
		never = recurse(never)
	}
}

//go:noinline
func at(table *[3]uint8, i int) uint8 { return table[i] }

// recurse is not a loop to the compiler: what it does to the result cannot be
// done before the call.
func recurse(n uint64) uint64 {
	if never != 0 {
		return n
	}
	return recurse(n+1) ^ n + 1
}

func wanted() bool {
	p := only.Lookup(0)
	return p != nil && *p != 0 && *p == rex.TGID()
}

// port returns the UDP destination port of a packet without IP options, 0 for
// other packets.
func port(b []byte) uint16 {
	if len(b) < 42 || b[12] != 8 || b[13] != 0 || b[14] != 0x45 || b[23] != 17 {
		return 0
	}
	return uint16(b[36])<<8 | uint16(b[37])
}

// XDP drops packets to port 7009 if it does not fail.
//
//rex:xdp onpanic=continue
func XDP(ctx *xdp.Context) xdp.Action {
	if port(ctx.Data()) != 7009 {
		return xdp.Pass
	}
	fault(progXDP)
	return xdp.Drop
}

// In drops packets to port 7009 if it does not fail.
//
//rex:tc onpanic=continue
func In(ctx *tc.Context) tc.Action {
	if port(ctx.Data()) != 7009 {
		return tc.Unspec
	}
	fault(progIn)
	return tc.Shot
}

// Out drops packets to port 7009 if it does not fail.
//
//rex:tc onpanic=continue
func Out(ctx *tc.Context) tc.Action {
	if port(ctx.Data()) != 7009 {
		return tc.Unspec
	}
	fault(progOut)
	return tc.Shot
}

// Kprobe runs on entry to getpgid(2).
//
//rex:kprobe __x64_sys_getpgid onpanic=continue
func Kprobe(ctx *kprobe.Context) kprobe.Action {
	if wanted() {
		fault(progKprobe)
	}
	return kprobe.Continue
}

// Kretprobe runs on return from getpgid(2).
//
//rex:kretprobe __x64_sys_getpgid onpanic=continue
func Kretprobe(ctx *kprobe.ReturnContext) kprobe.Action {
	if wanted() {
		fault(progKretprobe)
	}
	return kprobe.Continue
}

// Tracepoint keeps the record of getpgid(2) from perf if it does not fail.
//
//rex:tracepoint syscalls/sys_enter_getpgid onpanic=continue
func Tracepoint(ctx *tracepoint.Context[struct{}]) tracepoint.Action {
	if !wanted() {
		return tracepoint.Keep
	}
	fault(progTracepoint)
	return tracepoint.Discard
}

// Switch runs with interrupts off, under the run queue's lock.
//
//rex:tracepoint sched/sched_switch onpanic=continue timeout=20ms
func Switch(ctx *tracepoint.Context[struct{}]) tracepoint.Action {
	fault(progSwitch)
	return tracepoint.Keep
}

// PerfEvent runs in the clock's interrupt.
//
//rex:perfevent onpanic=continue timeout=20ms
func PerfEvent(ctx *perfevent.Context) perfevent.Action {
	fault(progPerfEvent)
	return perfevent.Discard
}
