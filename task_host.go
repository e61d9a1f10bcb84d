// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"math/rand/v2"

	"github.com/rex-go/rex/internal/sim"
)

// PID returns the kernel's pid of the current task, which user space calls
// thread id, in the initial namespace. In an interrupt the current task is the
// one that was interrupted; for an idle CPU it is 0.
func PID() uint32 { return sim.CurrentTask().PID }

// TGID returns the kernel's tgid of the current task, which user space calls
// process id, in the initial namespace.
func TGID() uint32 { return sim.CurrentTask().TGID }

// UID returns the current task's user id in the initial namespace.
func UID() uint32 { return sim.CurrentTask().UID }

// GID returns the current task's group id in the initial namespace.
func GID() uint32 { return sim.CurrentTask().GID }

// Comm returns the current task's name, padded with zeros; the last byte is
// always zero.
func Comm() [16]byte { return sim.CurrentTask().Comm }

// CgroupID returns the id of the current task's cgroup in the default hierarchy:
// the inode number of the cgroup's directory.
func CgroupID() uint64 { return sim.CurrentTask().CgroupID }

// TaskStartNanos returns when the current task was started, in nanoseconds since
// boot as BootNanos counts them.
func TaskStartNanos() uint64 { return sim.CurrentTask().StartNanos }

// BootNanos returns the nanoseconds since boot, time in suspend included
// (CLOCK_BOOTTIME). It may be called in every context.
func BootNanos() uint64 { return sim.Now() }

// CoarseNanos returns MonotonicNanos as of the last timer tick
// (CLOCK_MONOTONIC_COARSE), which is cheaper to read. With interrupts off it may
// be more precise than that.
func CoarseNanos() uint64 { return sim.Now() }

// Jiffies returns the kernel's tick counter.
func Jiffies() uint64 { return sim.Now() / 4_000_000 }

// RandomUint32 returns a pseudo-random number, good for sampling and hashing and
// not for secrets. It may be called in every context.
func RandomUint32() uint32 { return rand.Uint32() }

// NUMANode returns the NUMA node of the CPU the program runs on.
func NUMANode() uint32 { return 0 }

// CurrentTask describes the current task. In an interrupt that is the one that was
// interrupted.
func CurrentTask() TaskInfo { return TaskInfo(sim.CurrentTask()) }

// Task is a task that the program holds: it does not vanish before it is released.
// What a program leaves behind, in whatever way it ends, is released. A Task that
// was released, or stems from another invocation, panics when it is used.
type Task struct{ handle uint64 }

// TaskByPID returns the task that the kernel knows by that pid, which user space
// calls thread id, in the initial namespace; nil when there is none. A program may
// hold 16 resources at a time.
func TaskByPID(pid uint32) *Task {
	if sim.HeldCount() >= sim.MaxHeld {
		panic(sim.RuntimeError("too many resources held"))
	}
	if _, ok := sim.TaskByPID(pid); !ok {
		return nil
	}
	t := &Task{handle: sim.NextID()}
	sim.HoldTask(t.handle, pid)
	return t
}

// Info describes the task as it is now.
func (t *Task) Info() TaskInfo {
	s, ok := sim.HeldTask(t.handle)
	if !ok {
		panic(sim.RuntimeError("use of a task that is not held"))
	}
	return TaskInfo(s)
}

// Release gives the task back.
func (t *Task) Release() {
	if !sim.ReleaseTask(t.handle) {
		panic(sim.RuntimeError("release of a task that is not held"))
	}
}
