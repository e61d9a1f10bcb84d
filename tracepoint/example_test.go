// SPDX-License-Identifier: Apache-2.0

package tracepoint_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/tracepoint"
)

// SchedSwitch is the record of sched/sched_switch as far as it is used.
type SchedSwitch struct {
	PrevComm  [16]byte
	PrevPid   int32
	PrevPrio  int32
	PrevState int64
	NextComm  [16]byte
	NextPid   int32
}

var switches = rex.NewHash[int32, uint64](1024)

// Switch counts how often each thread got a CPU.
//
//rex:tracepoint sched/sched_switch
func Switch(ctx *tracepoint.Context[SchedSwitch]) tracepoint.Action {
	pid := ctx.Record().NextPid
	if n, _, err := switches.LoadOrStore(pid, 0); err == nil {
		atomic.AddUint64(n, 1)
	}
	return tracepoint.Keep
}

func ExampleContext() {
	t := new(testing.T) // the test's own in a test function

	for range 3 {
		rextest.RunTracepoint(t, Switch, SchedSwitch{PrevPid: 1, NextPid: 42}, nil)
	}
	fmt.Println(*switches.Lookup(42))
	// Output: 3
}
