// SPDX-License-Identifier: Apache-2.0

// Package atomic keeps numbers that programs on all CPUs change at once, with
// sync/atomic and without locks: in a map's value and in a package-level
// variable.
package atomic

import (
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/tracepoint"
)

// Writes is what all CPUs together know of the process's pwrite64 system calls.
type Writes struct {
	Calls   uint64
	Bytes   uint64
	Largest uint64 // of the calls' results
	CPUs    uint64 // a bit for each of the first 64 CPUs that made calls
	Racy    uint64 // the calls again, counted without atomics: some get lost
}

// Sample is how many calls there are for each that is logged.
const Sample = 100

var (
	// only has the process to look at; 0 stands for all.
	only   = rex.NewArray[uint32](1)
	writes = rex.NewArray[Writes](1)
	// turn numbers the calls.
	turn atomic.Uint64
)

// Exit is the record of syscalls/sys_exit_pwrite64.
type Exit struct {
	Nr  int32 `trace:"__syscall_nr"`
	Ret int64
}

// OnWrite counts a call that has written something. Every hundredth, whichever
// CPU it is on, is logged.
//
//rex:tracepoint syscalls/sys_exit_pwrite64
func OnWrite(ctx *tracepoint.Context[Exit]) tracepoint.Action {
	r := ctx.Record()
	if p := *only.Lookup(0); r.Ret < 0 || p != 0 && p != rex.TGID() {
		return tracepoint.Keep
	}
	w := writes.Lookup(0)
	w.Racy++
	atomic.AddUint64(&w.Calls, 1)
	atomic.AddUint64(&w.Bytes, uint64(r.Ret))
	atomic.OrUint64(&w.CPUs, 1<<rex.CPU())
	for {
		old := atomic.LoadUint64(&w.Largest)
		if uint64(r.Ret) <= old || atomic.CompareAndSwapUint64(&w.Largest, old, uint64(r.Ret)) {
			break
		}
	}
	if n := turn.Add(1); n%Sample == 0 {
		rex.Log(rex.LevelInfo, "write", "number", n, "bytes", r.Ret, "pid", rex.TGID())
	}
	return tracepoint.Keep
}
