// SPDX-License-Identifier: Apache-2.0

package ops

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

// Maps that user space fills or reads.
var (
	Samples  = rex.NewPerfEventArray[uint64]()
	counters = rex.NewPerfCounters()
	Devs     = rex.NewDevMap(Entries)
	DevHash  = rex.NewDevMapHash(Entries)
	cpuMap   = rex.NewCPUMap()
	sockets  = rex.NewXSKMap(Entries)
	noDevs   *rex.DevMap
)

func tasks(s step) {
	switch s.op() {
	case HoldTask:
		var n uint32
		for range s.value() {
			if rex.TaskByPID(s.key()) != nil {
				n++
			}
		}
		s.count(n)
		return
	case UseNone:
		new(rex.Task).Info()
		return
	}
	t := rex.TaskByPID(s.key())
	s.flag(t != nil)
	if t == nil {
		return
	}
	switch s.op() {
	case Find:
		s.result(uint64(t.Info().PID))
	case ReleaseTwice:
		t.Release()
		t.Release()
	case UseReleased:
		again := *t
		t.Release()
		again.Info()
	}
}

func perf(ctx *xdp.Context, s step) {
	switch s.op() {
	case Sample:
		s.err(xdp.Output(ctx, Samples, s.key(), s.value()))
	case SamplePacket:
		s.err(xdp.OutputPacket(ctx, Samples, s.key(), 7, int(s.value())))
	case Counter:
		c, err := counters.Read(s.key())
		s.err(err)
		s.result(c.Value)
	}
}

func redirect(ctx *xdp.Context, s step) {
	var a xdp.Action
	switch s.op() {
	case FindDev, FindDevHash:
		find := Devs.Lookup
		if s.op() == FindDevHash {
			find = DevHash.Lookup
		}
		ifindex, ok := find(s.key())
		s.flag(ok)
		s.result(uint64(ifindex))
		return
	}
	flags := xdp.RedirectFlags(s.value())
	switch s.op() {
	case ToInterface:
		a = ctx.Redirect(s.key())
	case ToDev:
		a = xdp.RedirectMap(ctx, Devs, s.key(), flags)
	case ToDevHash:
		a = xdp.RedirectMap(ctx, DevHash, s.key(), flags)
	case ToCPU:
		a = xdp.RedirectMap(ctx, cpuMap, s.key(), flags)
	case ToSocket:
		a = xdp.RedirectMap(ctx, sockets, s.key(), flags)
	case ToNil:
		a = xdp.RedirectMap(ctx, noDevs, s.key(), flags)
	}
	s.count(uint32(a))
}
