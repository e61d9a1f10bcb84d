// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"encoding/binary"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/tracepoint"
)

// Args returns the registers with which a function is entered that has these
// arguments: integers and pointers, at most six.
func Args(args ...uint64) rex.Registers {
	var r rex.Registers
	for i, p := range []*uint64{&r.RDI, &r.RSI, &r.RDX, &r.RCX, &r.R8, &r.R9} {
		if i < len(args) {
			*p = args[i]
		}
	}
	return r
}

// RunKprobe runs a program as on entry to a function with these registers. It is
// no system call (see RunSyscall): its return cannot be overridden.
func RunKprobe(t testing.TB, prog func(*kprobe.Context) kprobe.Action, regs rex.Registers) (action kprobe.Action) {
	t.Helper()
	if inKernel() {
		return kprobe.Action(kprobeInKernel(t, prog, regs))
	}
	ctx := new(kprobe.Context)
	defer sim.Bind(ctx, &regs)()
	sim.ForbidOverride(ctx)
	defer sim.Overridden(ctx)
	sim.Run(0, func() { action = prog(ctx) })
	return action
}

// RunSyscall runs a program as on entry to a system call with these arguments,
// and returns what the program made it return, if it did. The memory that the
// arguments' registers are read from is there besides that of SetMemory.
func RunSyscall(t testing.TB, prog func(*kprobe.Context) kprobe.Action, args ...uint64) (result uint64, overridden bool) {
	t.Helper()
	const at = 0xffff_c900_0000_0000
	user := make([]byte, 21*8)
	for i, reg := range []int{14, 13, 12, 7, 9, 8} { // rdi rsi rdx r10 r8 r9
		if i < len(args) {
			binary.LittleEndian.PutUint64(user[8*reg:], args[i])
		}
	}
	if inKernel() {
		ip, result := syscallInKernel(t, prog, rex.Registers{}, user)
		return result, ip != 0
	}
	old := sim.SetMemory(nil)
	sim.SetMemory(func(isUser bool, addr uint64, dst []byte) bool {
		if isUser || addr < at || addr-at > uint64(len(user)) || uint64(len(dst)) > uint64(len(user))-(addr-at) {
			return old != nil && old(isUser, addr, dst)
		}
		copy(dst, user[addr-at:])
		return true
	})
	defer func() { sim.SetMemory(old) }()
	regs := Args(at)
	ctx := new(kprobe.Context)
	defer sim.Bind(ctx, &regs)()
	sim.Run(0, func() { prog(ctx) })
	return sim.Overridden(ctx)
}

// RunKretprobe runs a program as on return from a function with these registers;
// RAX has the result.
func RunKretprobe(t testing.TB, prog func(*kprobe.ReturnContext) kprobe.Action, regs rex.Registers) (action kprobe.Action) {
	t.Helper()
	if inKernel() {
		return kprobe.Action(kprobeInKernel(t, prog, regs))
	}
	ctx := new(kprobe.ReturnContext)
	defer sim.Bind(ctx, &regs)()
	sim.Run(0, func() { action = prog(ctx) })
	return action
}

// RunTracepoint runs a program on a trace record. dynamic has the bytes of the
// record's __data_loc fields by the fields' values.
func RunTracepoint[T any](t testing.TB, prog func(*tracepoint.Context[T]) tracepoint.Action, record T, dynamic map[tracepoint.DataLoc][]byte) (action tracepoint.Action) {
	t.Helper()
	if inKernel() {
		return tracepoint.Action(tracepointInKernel(t, prog, bytesOf(&record), dynamic))
	}
	s := &sim.TraceRecord{Value: record, Dynamic: map[uint32][]byte{}}
	for loc, b := range dynamic {
		s.Dynamic[uint32(loc)] = b
	}
	ctx := new(tracepoint.Context[T])
	defer sim.Bind(ctx, s)()
	sim.Run(0, func() { action = prog(ctx) })
	return action
}

// Sample is a sample of a perf event.
type Sample struct {
	Registers       rex.Registers
	Period, Address uint64
	// Counter and CounterErr are what reading the counter returns.
	Counter    perfevent.Counter
	CounterErr error
}

// RunPerfEvent runs a program on a sample.
func RunPerfEvent(t testing.TB, prog func(*perfevent.Context) perfevent.Action, s Sample) (action perfevent.Action) {
	t.Helper()
	if inKernel() {
		return perfevent.Action(perfEventInKernel(t, prog, s))
	}
	ctx := new(perfevent.Context)
	defer sim.Bind(ctx, &sim.Sample{
		Registers: s.Registers, Period: s.Period, Address: s.Address,
		Counter: [3]uint64{s.Counter.Value, s.Counter.Enabled, s.Counter.Running}, CounterErr: s.CounterErr,
	})()
	sim.Run(0, func() { action = prog(ctx) })
	return action
}

// SetMemory gives the simulated machine memory that rex.ReadKernel and
// rex.ReadUser see, until the test ends: byte slices by the address they start
// at. Everything else is a fault.
func SetMemory(t testing.TB, kernel, user map[uint64][]byte) {
	t.Helper()
	simulated(t, "SetMemory")
	old := sim.SetMemory(func(isUser bool, addr uint64, dst []byte) bool {
		segments := kernel
		if isUser {
			segments = user
		}
		for start, b := range segments {
			if addr >= start && addr-start <= uint64(len(b)) && uint64(len(dst)) <= uint64(len(b))-(addr-start) {
				copy(dst, b[addr-start:])
				return true
			}
		}
		return false
	})
	t.Cleanup(func() { sim.SetMemory(old) })
}
