// SPDX-License-Identifier: Apache-2.0

// Package hello greets every program that is started.
package hello

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/tracepoint"
)

// Exec is the record of the kernel's event sched/sched_process_exec.
type Exec struct {
	Filename tracepoint.DataLoc
}

// OnExec is the program.
//
//rex:tracepoint sched/sched_process_exec
func OnExec(ctx *tracepoint.Context[Exec]) tracepoint.Action {
	var buf [96]byte
	file := ctx.DynamicString(buf[:], ctx.Record().Filename)
	rex.Log(rex.LevelInfo, "hello", "file", string(file), "pid", rex.TGID(), "uid", rex.UID(), "cpu", rex.CPU())
	return tracepoint.Keep
}
