// SPDX-License-Identifier: Apache-2.0

// Package stacks takes the stacks that its programs interrupt.
package stacks

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/tracepoint"
	"github.com/rex-go/rex/xdp"
)

// Programs, the index of seen.
const (
	AtKprobe = iota
	AtKretprobe
	AtSyscall
	AtSwitch
	AtTimer
	AtSample
	AtNested
	places
)

// Seen is what the methods returned.
type Seen struct {
	// Kernel and User are the ids of the stacks, or what StackID returned
	// instead: KernelErr, UserErr.
	Kernel, User       uint32
	KernelErr, UserErr uint32
	// Depth and UserDepth are how many addresses Stack copied, Same how many of
	// the first of them it copied again with two frames skipped.
	Depth, UserDepth, Same uint32
	CopyErr                uint32
	Runs                   uint64
	Copy                   [8]uint64
}

var (
	table = rex.NewStackTrace(4096)
	seen  = rex.NewArray[Seen](places)
	// only has the process that is looked at, and the thread that Switch is for.
	only = rex.NewArray[uint32](2)
	// counts has how often a pair of stacks was sampled.
	counts = rex.NewHash[[2]uint32, uint64](8192)
)

// context is what all contexts have.
type context interface {
	StackID(*rex.StackTrace, rex.StackFlags) (uint32, error)
	Stack([]uint64, rex.StackFlags) ([]uint64, error)
}

func number(err error) uint32 {
	if e, ok := err.(rex.Errno); ok {
		return uint32(e)
	}
	return 0
}

func take[C context](ctx C, at uint32) {
	s := seen.Lookup(at)
	if s == nil {
		return
	}
	var err error
	s.Kernel, err = ctx.StackID(table, rex.ReplaceStack)
	s.KernelErr = number(err)
	s.User, err = ctx.StackID(table, rex.UserStack|rex.ReplaceStack)
	s.UserErr = number(err)
	buf, again := make([]uint64, 200), make([]uint64, 8)
	stack, err := ctx.Stack(buf, 0)
	s.CopyErr, s.Depth = number(err), uint32(len(stack))
	copy(s.Copy[:], buf)
	s.Same = 0
	if inner, err := ctx.Stack(again, rex.SkipFrames(2)); err == nil {
		for i, addr := range inner {
			if i+2 < len(stack) && stack[i+2] == addr {
				s.Same++
			}
		}
	}
	user, _ := ctx.Stack(buf, rex.UserStack)
	s.UserDepth = uint32(len(user))
	s.Runs++
}

func wanted() bool {
	p := only.Lookup(0)
	return p != nil && *p != 0 && *p == rex.TGID()
}

// Kprobe is in a system call.
//
//rex:kprobe __x64_sys_getpgid
func Kprobe(ctx *kprobe.Context) kprobe.Action {
	if wanted() {
		take(ctx, AtKprobe)
	}
	return kprobe.Continue
}

// Kretprobe is behind one.
//
//rex:kretprobe __x64_sys_getpgid
func Kretprobe(ctx *kprobe.ReturnContext) kprobe.Action {
	if wanted() {
		take(ctx, AtKretprobe)
	}
	return kprobe.Continue
}

// Syscall is at the trace point before one.
//
//rex:tracepoint syscalls/sys_enter_getpgid
func Syscall(ctx *tracepoint.Context[struct{}]) tracepoint.Action {
	if wanted() {
		take(ctx, AtSyscall)
	}
	return tracepoint.Keep
}

// Switch is in the scheduler.
//
//rex:tracepoint sched/sched_switch
func Switch(ctx *tracepoint.Context[struct{}]) tracepoint.Action {
	if p := only.Lookup(1); p != nil && *p != 0 && *p == rex.PID() {
		take(ctx, AtSwitch)
	}
	return tracepoint.Keep
}

// Timer is in an interrupt.
//
//rex:tracepoint timer/hrtimer_expire_entry
func Timer(ctx *tracepoint.Context[struct{}]) tracepoint.Action {
	take(ctx, AtTimer)
	return tracepoint.Keep
}

// Sample counts stacks, as for a flame graph.
//
//rex:perfevent
func Sample(ctx *perfevent.Context) perfevent.Action {
	if !wanted() {
		return perfevent.Keep
	}
	take(ctx, AtSample)
	key := [2]uint32{1<<32 - 1, 1<<32 - 1}
	if id, err := ctx.StackID(table, 0); err == nil {
		key[0] = id
	}
	if id, err := ctx.StackID(table, rex.UserStack); err == nil {
		key[1] = id
	}
	if n, _, err := counts.LoadOrStore(key, 0); err == nil {
		*n++
	}
	return perfevent.Keep
}

// Misuse has the kernel refuse flags.
//
//rex:kprobe __x64_sys_getsid
func Misuse(ctx *kprobe.Context) kprobe.Action {
	s := seen.Lookup(AtKprobe)
	if s == nil || !wanted() {
		return kprobe.Continue
	}
	buf := []uint64{1, 2, 3}
	_, err := ctx.StackID(table, 1<<20)
	s.KernelErr = number(err)
	_, err = ctx.StackID(table, rex.SkipFrames(255))
	s.UserErr = number(err)
	_, err = ctx.Stack(buf, 1<<11)
	s.CopyErr = number(err)
	copy(s.Copy[:], buf)
	return kprobe.Continue
}

// NilTable panics.
//
//rex:kprobe __x64_sys_getpriority onpanic=continue
func NilTable(ctx *kprobe.Context) kprobe.Action {
	if wanted() {
		var none *rex.StackTrace
		ctx.StackID(none, 0)
	}
	return kprobe.Continue
}

// Outer has Nested run while it is in a helper.
//
//rex:xdp
func Outer(ctx *xdp.Context) xdp.Action {
	if err := counts.Update([2]uint32{}, 1); err != nil {
		return xdp.Aborted
	}
	return xdp.Drop
}

// Nested interrupts a helper, on a program stack.
//
//rex:kprobe htab_map_update_elem
func Nested(ctx *kprobe.Context) kprobe.Action {
	if wanted() {
		take(ctx, AtNested)
	}
	return kprobe.Continue
}
