// SPDX-License-Identifier: Apache-2.0

// Package syscount counts system calls, those that fail, and the time that they
// take.
package syscount

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/tracepoint"
)

// MaxCalls is beyond the number of any system call.
const MaxCalls = 512

// Call is what is known of one system call.
type Call struct {
	Count  uint64
	Errors uint64
	Nanos  uint64 // of all together
}

// entry is what a thread that is in a system call has called, and when.
type entry struct {
	call, nanos uint64
}

var (
	// only has the process to look at; 0 stands for all.
	only  = rex.NewArray[uint32](1)
	calls = rex.NewPerCPUArray[Call](MaxCalls)
	// inside has the threads that are in a system call. Some never leave it
	// (exit), so the oldest make room for others.
	inside = rex.NewLRUHash[uint32, entry](16384)
)

// SysEnter is the record of raw_syscalls/sys_enter.
type SysEnter struct {
	ID   int64
	Args [6]uint64
}

// SysExit is the record of raw_syscalls/sys_exit.
type SysExit struct {
	ID  int64
	Ret int64
}

// Enter notes when a thread enters a system call.
//
//rex:tracepoint raw_syscalls/sys_enter
func Enter(ctx *tracepoint.Context[SysEnter]) tracepoint.Action {
	if p := *only.Lookup(0); p == 0 || p == rex.TGID() {
		inside.Update(rex.PID(), entry{uint64(ctx.Record().ID), rex.MonotonicNanos()})
	}
	return tracepoint.Keep
}

// Exit counts the system call that the thread has entered.
//
//rex:tracepoint raw_syscalls/sys_exit
func Exit(ctx *tracepoint.Context[SysExit]) tracepoint.Action {
	r := ctx.Record()
	in := inside.Lookup(rex.PID())
	if in == nil || in.call != uint64(r.ID) || in.call >= MaxCalls {
		return tracepoint.Keep
	}
	c := calls.Lookup(uint32(in.call))
	c.Count++
	c.Nanos += rex.MonotonicNanos() - in.nanos
	if -4095 <= r.Ret && r.Ret < 0 {
		c.Errors++
	}
	inside.Delete(rex.PID())
	return tracepoint.Keep
}
