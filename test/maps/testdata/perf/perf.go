// SPDX-License-Identifier: Apache-2.0

// Package perf writes samples from programs of every type and reads counters.
package perf

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/tracepoint"
	"github.com/rex-go/rex/xdp"
)

// Programs, in Event.From.
const (
	FromXDP = iota + 1
	FromTC
	FromKprobe
	FromKretprobe
	FromTracepoint
	FromSample
)

// Event is a sample.
type Event struct {
	From, CPU uint32
	Number    uint64
}

// Result is what a program's last calls returned.
type Result struct {
	Err, Other, TooBig, Packet uint32
	Counter                    rex.PerfCounter
	CounterErr, OtherErr       uint32
}

var (
	events   = rex.NewPerfEventArray[Event]()
	counters = rex.NewPerfCounters()
	results  = rex.NewArray[Result](8)
	only     = rex.NewArray[uint32](1)
	number   uint64
)

func event(from uint32) Event {
	number++
	return Event{From: from, CPU: rex.CPU(), Number: number}
}

func code(err error) uint32 {
	if e, ok := err.(rex.Errno); ok {
		return uint32(e)
	}
	return 0
}

func wanted() bool {
	p := only.Lookup(0)
	return p != nil && *p != 0 && *p == rex.TGID()
}

// XDP appends the first 16 bytes of the packet.
//
//rex:xdp
func XDP(ctx *xdp.Context) xdp.Action {
	r := results.Lookup(FromXDP)
	if r == nil {
		return xdp.Aborted
	}
	e := event(FromXDP)
	r.Err = code(xdp.OutputPacket(ctx, events, rex.CurrentCPU, e, 16))
	r.Packet = code(xdp.OutputPacket(ctx, events, rex.CurrentCPU, e, len(ctx.Data())+1))
	r.Other = code(xdp.Output(ctx, events, (rex.CPU()+1)%2, e))
	r.TooBig = code(xdp.Output(ctx, events, 1<<20, e))
	r.Counter, _ = counters.Read(rex.CurrentCPU)
	return xdp.Drop
}

// Huge asks for more than a sample can be.
//
//rex:xdp
func Huge(ctx *xdp.Context) xdp.Action {
	r := results.Lookup(0)
	if r == nil {
		return xdp.Aborted
	}
	r.Err = code(xdp.OutputPacket(ctx, events, rex.CurrentCPU, Event{}, 0xf000))
	r.Other = code(xdp.OutputPacket(ctx, events, rex.CurrentCPU, Event{}, -1))
	r.Packet = code(xdp.OutputPacket(ctx, events, rex.CurrentCPU, Event{}, 1<<40))
	return xdp.Drop
}

// TC appends the first 20 bytes of the packet.
//
//rex:tc
func TC(ctx *tc.Context) tc.Action {
	if r := results.Lookup(FromTC); r != nil {
		r.Err = code(tc.OutputPacket(ctx, events, rex.CurrentCPU, event(FromTC), 20))
		r.Packet = code(tc.OutputPacket(ctx, events, rex.CurrentCPU, event(FromTC), 50_000))
	}
	return tc.Unspec
}

func counter(from uint32) *Result {
	r := results.Lookup(from)
	if r != nil {
		var err error
		r.Counter, err = counters.Read(rex.CurrentCPU)
		r.CounterErr = code(err)
		_, err = counters.Read(rex.CPU() ^ 1)
		r.OtherErr = code(err)
	}
	return r
}

// Kprobe writes on entry to getpgid(2).
//
//rex:kprobe __x64_sys_getpgid
func Kprobe(ctx *kprobe.Context) kprobe.Action {
	if wanted() {
		if r := counter(FromKprobe); r != nil {
			r.Err = code(kprobe.Output(ctx, events, rex.CurrentCPU, event(FromKprobe)))
		}
	}
	return kprobe.Continue
}

// Kretprobe writes on return from getpgid(2).
//
//rex:kretprobe __x64_sys_getpgid
func Kretprobe(ctx *kprobe.ReturnContext) kprobe.Action {
	if wanted() {
		if r := counter(FromKretprobe); r != nil {
			r.Err = code(kprobe.Output(ctx, events, rex.CurrentCPU, event(FromKretprobe)))
		}
	}
	return kprobe.Continue
}

// Tracepoint writes before getpgid(2).
//
//rex:tracepoint syscalls/sys_enter_getpgid
func Tracepoint(ctx *tracepoint.Context[struct{}]) tracepoint.Action {
	if wanted() {
		if r := counter(FromTracepoint); r != nil {
			r.Err = code(tracepoint.Output(ctx, events, rex.CurrentCPU, event(FromTracepoint)))
		}
	}
	return tracepoint.Keep
}

// Sample writes at each sample of this process.
//
//rex:perfevent
func Sample(ctx *perfevent.Context) perfevent.Action {
	if wanted() {
		if r := counter(FromSample); r != nil {
			r.Err = code(perfevent.Output(ctx, events, rex.CurrentCPU, event(FromSample)))
		}
	}
	return perfevent.Keep
}
