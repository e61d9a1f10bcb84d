// SPDX-License-Identifier: Apache-2.0

// Package stay counts what each kind of hook calls it for.
package stay

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/tracepoint"
	"github.com/rex-go/rex/xdp"
)

// Indexes of counts.
const (
	Packets = iota
	Frames
	Calls
	Entries
	Ticks
)

// counts is shared by all instances of the extension that a test loads.
var counts = rex.NewPerCPUArray[uint64](5)

// only is the process whose system calls count.
var only = rex.NewArray[uint32](1)

func count(i uint32) {
	if n := counts.Lookup(i); n != nil {
		*n++
	}
}

func mine() bool {
	p := only.Lookup(0)
	return p != nil && *p == uint32(rex.TGID())
}

// local reports whether a frame is one of the test's: it has the EtherType for
// local experiments.
func local(b []byte) bool { return len(b) >= 14 && b[12] == 0x88 && b[13] == 0xb5 }

// OnXDP counts the test's packets.
//
//rex:xdp onpanic=continue
func OnXDP(ctx *xdp.Context) xdp.Action {
	if local(ctx.Data()) {
		count(Packets)
	}
	return xdp.Pass
}

// OnTC counts the test's frames.
//
//rex:tc
func OnTC(ctx *tc.Context) tc.Action {
	if local(ctx.Data()) {
		count(Frames)
	}
	return tc.Unspec
}

// OnCall counts system calls.
//
//rex:kprobe __x64_sys_getpgid
func OnCall(ctx *kprobe.Context) kprobe.Action {
	if mine() {
		count(Calls)
	}
	return kprobe.Continue
}

// GetPGID is the record of syscalls/sys_enter_getpgid.
type GetPGID struct {
	SyscallNr int32 `trace:"__syscall_nr"`
	PID       uint64
}

// OnEntry counts them once more.
//
//rex:tracepoint syscalls/sys_enter_getpgid
func OnEntry(ctx *tracepoint.Context[GetPGID]) tracepoint.Action {
	if mine() {
		count(Entries)
	}
	return tracepoint.Keep
}

// OnTick counts samples.
//
//rex:perfevent
func OnTick(ctx *perfevent.Context) perfevent.Action {
	count(Ticks)
	return perfevent.Keep
}

// Fail panics, for packets that begin with a one.
//
//rex:xdp onpanic=continue
func Fail(ctx *xdp.Context) xdp.Action {
	var table [1]xdp.Action
	return table[int(ctx.Data()[0])]
}
