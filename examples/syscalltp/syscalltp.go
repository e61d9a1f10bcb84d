// SPDX-License-Identifier: Apache-2.0

// Package syscalltp pairs the two tracepoints of a system call, openat, to report
// each call with its file name, its result and the time it took.
package syscalltp

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/tracepoint"
)

// MaxName is how many bytes of a file name are reported.
const MaxName = 104

// Open is a call.
type Open struct {
	PID   uint32
	Len   uint32 // of Name
	Ret   int64  // file descriptor, or a negative errno
	Nanos uint64
	Comm  [16]byte
	Name  [MaxName]byte
}

// pending is a call that has not returned.
type pending struct {
	nanos uint64
	name  uint64 // address in the caller's memory
}

var (
	// only has the process to look at; 0 stands for all.
	only   = rex.NewArray[uint32](1)
	inside = rex.NewLRUHash[uint32, pending](4096) // by thread
	opens  = rex.NewRingBuf(1 << 18)
	// lost counts the calls that found no room in opens.
	lost = rex.NewPerCPUArray[uint64](1)
)

// SysEnter is the record of syscalls/sys_enter_openat.
type SysEnter struct {
	Nr       int32 `trace:"__syscall_nr"`
	Dfd      int64
	Filename uint64
}

// SysExit is the record of syscalls/sys_exit_openat.
type SysExit struct {
	Nr  int32 `trace:"__syscall_nr"`
	Ret int64
}

// Enter runs when openat is called.
//
//rex:tracepoint syscalls/sys_enter_openat
func Enter(ctx *tracepoint.Context[SysEnter]) tracepoint.Action {
	if p := *only.Lookup(0); p == 0 || p == rex.TGID() {
		inside.Update(rex.PID(), pending{rex.MonotonicNanos(), ctx.Record().Filename})
	}
	return tracepoint.Keep
}

// Exit runs when it returns. The name is read now: the kernel has read it
// meanwhile, so that its page is surely present, which it need not be before.
//
//rex:tracepoint syscalls/sys_exit_openat
func Exit(ctx *tracepoint.Context[SysExit]) tracepoint.Action {
	in := inside.Lookup(rex.PID())
	if in == nil {
		return tracepoint.Keep
	}
	defer inside.Delete(rex.PID())
	r := rex.Reserve[Open](opens)
	if r == nil {
		*lost.Lookup(0)++
		return tracepoint.Keep
	}
	o := &r.Value
	o.PID, o.Comm, o.Ret = rex.TGID(), rex.Comm(), ctx.Record().Ret
	o.Nanos = rex.MonotonicNanos() - in.nanos
	if name, err := rex.ReadUserString(o.Name[:], in.name); err == nil {
		o.Len = uint32(len(name))
	}
	r.Submit()
	return tracepoint.Keep
}
