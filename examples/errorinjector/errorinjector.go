// SPDX-License-Identifier: Apache-2.0

// Package errorinjector makes system calls of chosen processes fail, to see how
// programs take errors that hardly ever happen.
package errorinjector

import (
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
)

// Rule says how the calls of a process fail, and counts them.
type Rule struct {
	Errno    uint32 // of include/uapi/asm-generic/errno.h
	Every    uint32 // every how many-th call fails; 0 stands for none
	Calls    uint64
	Injected uint64
}

// rules has the processes whose calls fail.
var rules = rex.NewHash[uint32, Rule](1024)

// One program for each system call that can be made to fail; the host program
// attaches those that are asked for.

//rex:kprobe sys_openat
func Openat(ctx *kprobe.Context) kprobe.Action { return inject(ctx) }

//rex:kprobe sys_read
func Read(ctx *kprobe.Context) kprobe.Action { return inject(ctx) }

//rex:kprobe sys_write
func Write(ctx *kprobe.Context) kprobe.Action { return inject(ctx) }

//rex:kprobe sys_fsync
func Fsync(ctx *kprobe.Context) kprobe.Action { return inject(ctx) }

//rex:kprobe sys_mmap
func Mmap(ctx *kprobe.Context) kprobe.Action { return inject(ctx) }

//rex:kprobe sys_connect
func Connect(ctx *kprobe.Context) kprobe.Action { return inject(ctx) }

// inject makes every n-th call of a process that has a rule return its error
// without running.
func inject(ctx *kprobe.Context) kprobe.Action {
	r := rules.Lookup(rex.TGID())
	if r == nil {
		return kprobe.Continue
	}
	n := atomic.AddUint64(&r.Calls, 1) // the process may have threads
	if r.Every != 0 && n%uint64(r.Every) == 0 && ctx.OverrideReturn(-uint64(r.Errno)) == nil {
		atomic.AddUint64(&r.Injected, 1)
	}
	return kprobe.Continue
}
