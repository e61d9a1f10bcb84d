// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"fmt"
	"reflect"
	"sync"
)

// contexts maps a simulated context (a pointer) to its state. The detour keeps
// host-only names out of the SDK's API.
var contexts sync.Map

// Bind gives a context its state until unbind is called.
func Bind(ctx, state any) (unbind func()) {
	contexts.Store(ctx, state)
	return func() { contexts.Delete(ctx) }
}

// State returns the state of a context. A nil one panics as in the kernel.
func State[S any](ctx any) S {
	s, ok := contexts.Load(ctx)
	if !ok {
		if reflect.ValueOf(ctx).IsNil() {
			var none *byte
			_ = *none
		}
		panic(fmt.Sprintf("rextest: %T outside of the invocation it was made for", ctx))
	}
	return s.(S)
}

// Task is a task, as rex.TaskInfo describes it.
type Task struct {
	PID, TGID, UID, GID              uint32
	Comm                             [16]byte
	CgroupID                         uint64
	StartNanos                       uint64
	UserNanos, SystemNanos, RunNanos uint64
	Address                          uint64
}

var (
	task   Task
	memory func(user bool, addr uint64, dst []byte) bool
)

// CurrentTask returns the current task.
func CurrentTask() Task {
	mu.Lock()
	defer mu.Unlock()
	return task
}

// SetTask sets the current task. It returns the one before.
func SetTask(t Task) (old Task) {
	mu.Lock()
	defer mu.Unlock()
	old, task = task, t
	return old
}

// ReadMemory copies from the simulated memory: that of SetMemory, and for the
// kernel's half the objects. False means a fault. As in the kernel, nothing can
// be read from any address of the half.
func ReadMemory(user bool, addr uint64, dst []byte) bool {
	if len(dst) == 0 {
		const half = 1 << 47
		return user && addr < half || !user && addr >= 1<<64-half
	}
	mu.Lock()
	f := memory
	mu.Unlock()
	return f != nil && f(user, addr, dst) || !user && ReadObject(addr, dst)
}

// SetMemory sets what ReadMemory reads. It returns what it was before.
func SetMemory(f func(user bool, addr uint64, dst []byte) bool) (old func(bool, uint64, []byte) bool) {
	mu.Lock()
	defer mu.Unlock()
	old, memory = memory, f
	return old
}

// Sample is the state of a simulated perfevent.Context. Registers is a
// rex.Registers.
type Sample struct {
	Registers       any
	Period, Address uint64
	Counter         [3]uint64
	CounterErr      error
}

// TraceRecord is the state of a simulated tracepoint.Context.
type TraceRecord struct {
	Value   any
	Dynamic map[uint32][]byte
}

// overrides has what the running invocations have their function return, by
// context.
var overrides sync.Map

// forbidden stands in overrides for a function that cannot be overridden.
type forbidden struct{}

// ForbidOverride makes a context one of a function that is no system call.
func ForbidOverride(ctx any) { overrides.Store(ctx, forbidden{}) }

// Override notes it; false means that it was done before, or is not possible.
func Override(ctx any, v uint64) bool {
	_, before := overrides.LoadOrStore(ctx, v)
	return !before
}

// Overridden returns and forgets what a context's function was made to return.
func Overridden(ctx any) (v uint64, ok bool) {
	x, _ := overrides.LoadAndDelete(ctx)
	v, ok = x.(uint64)
	return v, ok
}
