// SPDX-License-Identifier: Apache-2.0

// Package taskrefs looks at tasks and wakes up readers of a ring buffer.
package taskrefs

import (
	"encoding/binary"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kernel"
	"github.com/rex-go/rex/xdp"
)

// Seen is what programs saw of a task.
type Seen struct {
	Info    rex.TaskInfo
	Current rex.TaskInfo
	// Usage is the task's reference count.
	Usage uint32
	// Found says whether there is such a task.
	Found uint32
	// Read is the pid in the struct behind Address.
	Read, Zero uint32
}

var (
	seen   = rex.NewArray[Seen](1)
	events = rex.NewRingBuf(1 << 16)
)

// pid is what a packet begins with.
func pid(b []byte) uint32 {
	if len(b) < 5 {
		return 0
	}
	return binary.LittleEndian.Uint32(b)
}

// Look looks at a task.
//
//rex:xdp
func Look(ctx *xdp.Context) xdp.Action {
	s := seen.Lookup(0)
	if s == nil {
		return xdp.Aborted
	}
	s.Current = rex.CurrentTask()
	s.Found = 0
	task := rex.TaskByPID(pid(ctx.Data()))
	if task == nil {
		return xdp.Drop
	}
	s.Found, s.Info = 1, task.Info()
	p := kernel.Pointer(s.Info.Address)
	s.Usage = kernel.Read[uint32](p, kernel.Offset("task_struct", "usage.refs.counter"))
	s.Read = kernel.Read[uint32](p, kernel.Offset("task_struct", "pid"))
	return xdp.Drop
}

// Stale uses a task of an earlier invocation.
//
//rex:xdp onpanic=continue
func Stale(ctx *xdp.Context) xdp.Action {
	var none rex.Task
	if b := ctx.Data(); len(b) > 4 && b[4] == 1 {
		none.Release()
	}
	none.Info()
	return xdp.Drop
}

// Wake writes a record; the packet's first byte has the flags, the second tells
// which way.
//
//rex:xdp
func Wake(ctx *xdp.Context) xdp.Action {
	b := ctx.Data()
	if len(b) < 2 {
		return xdp.Aborted
	}
	flags := rex.RingBufFlags(b[0])
	if b[1] == 0 {
		if err := events.OutputFlags(b[:8], flags); err != nil {
			return xdp.Aborted
		}
		return xdp.Drop
	}
	r := rex.Reserve[uint64](events)
	if r == nil {
		return xdp.Aborted
	}
	r.Value = uint64(b[0])
	r.SubmitFlags(flags)
	return xdp.Drop
}
