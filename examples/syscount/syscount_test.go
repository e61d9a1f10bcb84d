// SPDX-License-Identifier: Apache-2.0

package syscount

import (
	"testing"

	"github.com/rex-go/rex/rextest"
)

func TestCount(t *testing.T) {
	rextest.Reset(t)
	var now uint64
	rextest.SetClock(t, func() uint64 { now += 100; return now })
	enter := func(thread uint32, id int64) {
		rextest.SetTask(t, rextest.Task{PID: thread, TGID: 7})
		rextest.RunTracepoint(t, Enter, SysEnter{ID: id}, nil)
	}
	exit := func(thread uint32, id, ret int64) {
		rextest.SetTask(t, rextest.Task{PID: thread, TGID: 7})
		rextest.RunTracepoint(t, Exit, SysExit{ID: id, Ret: ret}, nil)
	}
	exit(1, 0, 0) // entered before the program was attached
	enter(1, 0)
	enter(2, 1)
	exit(1, 0, -4)
	enter(1, 0)
	exit(2, 1, 5)
	exit(1, 0, -4096) // an address
	exit(1, 0, 0)     // counted already
	enter(3, 60)      // never left
	enter(3, MaxCalls)
	exit(3, MaxCalls, 0)
	for id, want := range map[uint32]Call{0: {2, 1, 400}, 1: {1, 0, 300}, 60: {}} {
		if got := *calls.Lookup(id); got != want {
			t.Errorf("call %d: %+v, want %+v", id, got, want)
		}
	}
	*only.Lookup(0) = 8
	enter(1, 0)
	exit(1, 0, 0)
	if got := *calls.Lookup(0); got.Count != 2 {
		t.Errorf("another process is counted: %+v", got)
	}
	*only.Lookup(0) = 7
	enter(1, 0)
	exit(1, 0, 0)
	if got := *calls.Lookup(0); got.Count != 3 {
		t.Errorf("the process is not counted: %+v", got)
	}
}
