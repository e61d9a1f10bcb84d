// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"testing"

	"github.com/rex-go/rex/internal/sim"
	"github.com/rex-go/rex/kernel"
)

// Task is a task of the simulated machine.
type Task struct {
	PID, TGID, UID, GID              uint32
	Comm                             string
	CgroupID, StartNanos             uint64
	UserNanos, SystemNanos, RunNanos uint64
	// Address is that of its struct task_struct (see KernelStruct).
	Address kernel.Pointer
}

func (t Task) sim() sim.Task {
	s := sim.Task{
		PID: t.PID, TGID: t.TGID, UID: t.UID, GID: t.GID, CgroupID: t.CgroupID, StartNanos: t.StartNanos,
		UserNanos: t.UserNanos, SystemNanos: t.SystemNanos, RunNanos: t.RunNanos, Address: uint64(t.Address),
	}
	copy(s.Comm[:len(s.Comm)-1], t.Comm)
	return s
}

// SetTask makes a task the current one until the test ends. Without it all is
// zero.
func SetTask(t testing.TB, task Task) {
	t.Helper()
	simulated(t, "SetTask")
	old := sim.SetTask(task.sim())
	t.Cleanup(func() { sim.SetTask(old) })
}

// SetTasks says which tasks rex.TaskByPID finds, besides the current one, until
// the test ends.
func SetTasks(t testing.TB, tasks ...Task) {
	t.Helper()
	simulated(t, "SetTasks")
	var all []sim.Task
	for _, task := range tasks {
		all = append(all, task.sim())
	}
	old := sim.SetTasks(all)
	t.Cleanup(func() { sim.SetTasks(old) })
}
