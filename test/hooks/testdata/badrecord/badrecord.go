// SPDX-License-Identifier: Apache-2.0

// Package badrecord reads a trace record that the kernel has otherwise.
package badrecord

import "github.com/rex-go/rex/tracepoint"

// Switch is not the record of sched/sched_switch.
type Switch struct {
	PrevComm [16]byte
	PrevPID  int64 // the kernel's is a pid_t
	Colour   int32
	Beyond   [64]byte `trace:"next_prio"`
}

// OnSwitch is never loaded.
//
//rex:tracepoint sched/sched_switch
func OnSwitch(ctx *tracepoint.Context[Switch]) tracepoint.Action {
	if ctx.Record().PrevPID == 0 {
		return tracepoint.Discard
	}
	return tracepoint.Keep
}
