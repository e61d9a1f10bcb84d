// SPDX-License-Identifier: Apache-2.0

// Package probed has scenarios of hooks in the kernel: what the contexts of
// kprobes, tracepoints and perf events tell, and what can be done there.
package probed

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/test/parity/report"
	"github.com/rex-go/rex/tracepoint"
)

// Numbers of the programs.
const (
	Entry = 1 + iota
	Inner
	Return
	Record
	Sample
)

var (
	// Samples is read by the test.
	Samples = rex.NewPerfEventArray[uint64]()
	stacks  = rex.NewStackTrace(1024)
	// few has a place for one stack.
	few      = rex.NewStackTrace(1)
	noStacks *rex.StackTrace
	noArray  *rex.PerfEventArray[uint64]
)

// AtEntry runs at the entry of a system call.
//
//rex:kprobe __x64_sys_getpgid onpanic=continue timeout=10s
func AtEntry(ctx *kprobe.Context) kprobe.Action {
	if n, ok := report.Case(Entry); ok {
		Entries[n].Run(ctx)
	}
	return kprobe.Continue
}

// AtInner runs at the entry of a function that is no system call.
//
//rex:kprobe do_sys_openat2 onpanic=continue timeout=10s
func AtInner(ctx *kprobe.Context) kprobe.Action {
	if n, ok := report.Case(Inner); ok {
		Inners[n].Run(ctx)
	}
	return kprobe.Continue
}

// AtReturn runs when the system call returns.
//
//rex:kretprobe __x64_sys_getpgid onpanic=continue timeout=10s
func AtReturn(ctx *kprobe.ReturnContext) kprobe.Action {
	if n, ok := report.Case(Return); ok {
		Returns[n].Run(ctx)
	}
	return kprobe.Continue
}

// Queued is the record of net/net_dev_queue.
type Queued struct {
	Address uint64 `trace:"skbaddr"`
	Len     uint32
	Name    tracepoint.DataLoc
}

// AtRecord runs when a packet is sent.
//
//rex:tracepoint net/net_dev_queue onpanic=continue timeout=10s
func AtRecord(ctx *tracepoint.Context[Queued]) tracepoint.Action {
	if n, ok := report.Case(Record); ok {
		Records[n].Run(ctx)
	}
	return tracepoint.Discard
}

// AtSample runs on page faults in user space.
//
//rex:perfevent onpanic=continue timeout=10s
func AtSample(ctx *perfevent.Context) perfevent.Action {
	if ctx.Registers().CS&3 != 3 || ctx.Address() != report.Arg(1) {
		return perfevent.Discard
	}
	if n, ok := report.Case(Sample); ok {
		SampleCases[n].Run(ctx)
	}
	return perfevent.Discard
}

// hook is what all contexts can do.
type hook interface {
	Stack(dst []uint64, flags rex.StackFlags) ([]uint64, error)
	StackID(m *rex.StackTrace, flags rex.StackFlags) (uint32, error)
}

var depths = [...]int{0, 1, 2, rex.StackDepth, rex.StackDepth + 1, 200}

// copies copies the stack that a program has interrupted.
func copies[H hook](ctx H) {
	for _, f := range [...]rex.StackFlags{0, rex.UserStack} {
		report.Number("flags", f)
		var whole [rex.StackDepth]uint64
		all, err := ctx.Stack(whole[:], f)
		report.Err("Stack", err)
		report.Is("there is one", len(all) > 1)
		for _, n := range depths {
			dst := make([]uint64, n)
			for i := range dst {
				dst[i] = 1
			}
			s, err := ctx.Stack(dst, f)
			report.Err("Stack", err)
			report.Is("as much as fits", len(s) == min(n, len(all)))
			same := true
			for i := range s {
				same = same && s[i] == all[i]
			}
			report.Is("the same", same)
			zero := true
			for _, a := range dst[len(s):] {
				zero = zero && a == 0
			}
			report.Is("the rest is zero", zero)
		}
		part, err := ctx.Stack(make([]uint64, rex.StackDepth), f|rex.SkipFrames(1))
		report.Err("without the innermost", err)
		report.Is("one less", len(part)+1 == len(all))
		report.Is("from the next on", len(part) > 0 && len(all) > 1 && part[0] == all[1])
		part, err = ctx.Stack(make([]uint64, 3), f|rex.SkipFrames(255))
		report.Err("without any", err)
		report.Number("left", len(part))
	}
	for _, f := range [...]rex.StackFlags{rex.CompareHashOnly, rex.ReplaceStack, 1 << 11, 1 << 12, 1 << 63} {
		dst := []uint64{1, 2, 3}
		s, err := ctx.Stack(dst, f)
		report.Err("other flags", err)
		report.Number("length", len(s))
		report.Is("zero", dst[0] == 0 && dst[2] == 0)
	}
}

// ids stores it in tables.
func ids[H hook](ctx H, kernelStack bool) {
	flags := rex.UserStack
	if kernelStack {
		flags = 0
	}
	a, err := ctx.StackID(stacks, flags)
	report.Err("StackID", err)
	b, err := ctx.StackID(stacks, flags)
	report.Err("StackID", err)
	report.Is("the same", a == b)
	b, err = ctx.StackID(stacks, flags|rex.CompareHashOnly)
	report.Err("by hash", err)
	report.Is("the same", a == b)
	b, err = ctx.StackID(stacks, flags|rex.ReplaceStack)
	report.Err("replaced", err)
	report.Is("the same", a == b)
	for _, f := range [...]rex.StackFlags{rex.SkipFrames(255), 1 << 11, 1 << 12, 1 << 63} {
		b, err = ctx.StackID(stacks, flags|f)
		report.Err("other flags", err)
		report.Number("id", b)
	}
	// Another stack has the only place.
	a, err = ctx.StackID(few, flags|rex.ReplaceStack)
	report.Err("the only one", err)
	report.Number("id", a)
	b, err = ctx.StackID(few, flags|rex.SkipFrames(1))
	report.Err("another", err)
	report.Number("id", b)
	b, err = ctx.StackID(few, flags|rex.SkipFrames(1)|rex.ReplaceStack)
	report.Err("in its place", err)
	report.Number("id", b)
	_, err = ctx.StackID(few, flags)
	report.Err("the first one again", err)
}

func noTable[H hook](ctx H) {
	_, err := ctx.StackID(noStacks, 0)
	report.Err("not reached", err)
}

// registers compares those that a context has with its other methods.
func registers(r rex.Registers, ip, sp uint64) {
	report.Is("IP", r.RIP == ip)
	report.Is("SP", r.RSP == sp)
	report.Is("in the kernel", r.CS&3 == 0)
}
