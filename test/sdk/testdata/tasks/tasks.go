// SPDX-License-Identifier: Apache-2.0

// Package tasks reads the current task's struct.
package tasks

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kernel"
	"github.com/rex-go/rex/xdp"
)

// Task is what user space reads.
type Task struct {
	PID, TGID  int32
	Parent     int32
	Comm       [16]byte
	OnRQ       uint32
	Users      int32
	_          uint32
	StartTime  uint64
	WildOK     uint32 // whether an address that is not mapped could be read
	WildValue  uint32
	NoSuch     uint32 // whether the kernel has a member that none has
	HasComm    uint32
	NilParent  int32
	CommLength uint32
}

var task = rex.NewArray[Task](1)

// Look is the program.
//
//rex:xdp
func Look(*xdp.Context) xdp.Action {
	out := task.Lookup(0)
	if out == nil {
		return xdp.Aborted
	}
	t := TaskStruct{kernel.CurrentTask()}
	*out = Task{
		PID: t.Pid(), TGID: t.Tgid(), Parent: t.RealParent().Tgid(), Comm: t.Comm(), OnRQ: uint32(t.Se().OnRq()),
		Users: t.Mm().MmUsers(), StartTime: t.StartTime(), NilParent: TaskStruct{}.Pid(),
	}
	if v, ok := kernel.ReadOK[uint32](0xdead_0000_0000_0000, 8); ok {
		out.WildOK, out.WildValue = 1, v
	}
	if kernel.Has("task_struct", "no_such_member") {
		out.NoSuch = 1 + kernel.Read[uint32](t.Pointer, kernel.Offset("task_struct", "no_such_member"))
	}
	if t.HasComm() {
		out.HasComm = 1
	}
	out.CommLength = uint32(len(t.Add(kernel.Offset("task_struct", "comm")).Text(16)))
	return xdp.Pass
}

// Unguarded reads the member that no kernel has.
//
//rex:xdp
func Unguarded(*xdp.Context) xdp.Action {
	if kernel.Read[uint32](kernel.CurrentTask(), kernel.Offset("task_struct", "no_such_member")) != 0 {
		return xdp.Drop
	}
	return xdp.Pass
}

// TaskMap is for tests.
func TaskMap() *rex.Array[Task] { return task }
