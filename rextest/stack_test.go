// SPDX-License-Identifier: Apache-2.0

package rextest_test

import (
	"slices"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/tracepoint"
)

var stackTable = rex.NewStackTrace(4)

// TestStacks: what the kernel's map does, on the host.
func TestStacks(t *testing.T) {
	rextest.Reset(t)
	inKernel := func(flags rex.StackFlags) (id uint32, idErr error, stack []uint64, err error) {
		rextest.RunKprobe(t, func(ctx *kprobe.Context) kprobe.Action {
			id, idErr = ctx.StackID(stackTable, flags)
			stack, err = ctx.Stack(make([]uint64, 3), flags)
			return kprobe.Continue
		}, rextest.Args())
		return
	}
	if _, idErr, stack, err := inKernel(0); idErr != rex.ErrFault || err != nil || len(stack) != 0 {
		t.Errorf("no stack: %v, %v, %v", idErr, stack, err)
	}
	rextest.SetStacks(t, []uint64{1, 2, 3, 4}, []uint64{9})
	id, idErr, stack, err := inKernel(0)
	if idErr != nil || err != nil || !slices.Equal(stack, []uint64{1, 2, 3}) || !slices.Equal(rextest.Stack(stackTable, id), []uint64{1, 2, 3, 4}) {
		t.Errorf("id %d, %v: %v; %v, %v", id, idErr, rextest.Stack(stackTable, id), stack, err)
	}
	if again, _, _, _ := inKernel(0); again != id {
		t.Errorf("the same stack has id %d and %d", id, again)
	}
	if _, idErr, stack, err := inKernel(rex.UserStack | rex.SkipFrames(1)); idErr != rex.ErrFault || err != nil || len(stack) != 0 {
		t.Errorf("all skipped: %v, %v, %v", idErr, stack, err)
	}
	if _, _, stack, err := inKernel(rex.SkipFrames(3)); !slices.Equal(stack, []uint64{4}) || err != nil {
		t.Errorf("three skipped: %v, %v", stack, err)
	}
	if _, idErr, _, err := inKernel(1 << 20); idErr != rex.ErrInvalid || err != rex.ErrInvalid {
		t.Errorf("flags that there are not: %v, %v", idErr, err)
	}
	// Four places for more stacks.
	collisions, full := 0, 0
	for i := range uint64(20) {
		rextest.SetStacks(t, []uint64{100 + i}, nil)
		id, err, _, _ := inKernel(0)
		if err == rex.ErrExist {
			collisions++
			id, err, _, _ = inKernel(rex.ReplaceStack)
		}
		if err == rex.ErrNoMemory {
			full++ // a full table has no memory for the new one either
			continue
		}
		if err != nil || !slices.Equal(rextest.Stack(stackTable, id), []uint64{100 + i}) {
			t.Errorf("stack %d: id %d, %v", i, id, err)
		}
	}
	if collisions == 0 || full == 0 {
		t.Errorf("a place was taken %d times, the table full %d times", collisions, full)
	}
	rextest.Reset(t)
	if s := rextest.Stack(stackTable, id); s != nil {
		t.Errorf("after Reset: %v", s)
	}
	rextest.RunTracepoint(t, func(ctx *tracepoint.Context[struct{}]) tracepoint.Action {
		if _, err := ctx.StackID(stackTable, 0); err != nil {
			t.Error(err)
		}
		return tracepoint.Keep
	}, struct{}{}, nil)
	rextest.RunPerfEvent(t, func(ctx *perfevent.Context) perfevent.Action {
		if s, err := ctx.Stack(make([]uint64, 2), 0); err != nil || len(s) != 1 {
			t.Error(s, err)
		}
		return perfevent.Keep
	}, rextest.Sample{})
	defer func() {
		if recover() == nil {
			t.Error("a nil table does not panic")
		}
	}()
	rextest.RunKprobe(t, func(ctx *kprobe.Context) kprobe.Action {
		var none *rex.StackTrace
		ctx.StackID(none, 0)
		return kprobe.Continue
	}, rextest.Args())
}
