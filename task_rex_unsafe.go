// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rex

import (
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

// PID returns the kernel's pid of the current task, which user space calls
// thread id, in the initial namespace. In an interrupt the current task is the
// one that was interrupted; for an idle CPU it is 0.
func PID() uint32 { return uint32(rt.CurrentPIDTGID()) }

// TGID returns the kernel's tgid of the current task, which user space calls
// process id, in the initial namespace.
func TGID() uint32 { return uint32(rt.CurrentPIDTGID() >> 32) }

// UID returns the current task's user id in the initial namespace.
func UID() uint32 { return uint32(rt.CurrentUIDGID()) }

// GID returns the current task's group id in the initial namespace.
func GID() uint32 { return uint32(rt.CurrentUIDGID() >> 32) }

// Comm returns the current task's name, padded with zeros; the last byte is
// always zero.
func Comm() [16]byte {
	var b [16]byte
	// SAFETY: the helper writes 16 bytes, which b has, and keeps nothing.
	rt.CurrentComm(unsafe.Pointer(&b))
	return b
}

// CgroupID returns the id of the current task's cgroup in the default hierarchy:
// the inode number of the cgroup's directory.
func CgroupID() uint64 { return rt.CurrentCgroupID() }

// TaskStartNanos returns when the current task was started, in nanoseconds since
// boot as BootNanos counts them.
func TaskStartNanos() uint64 { return rt.CurrentStartTime() }

// BootNanos returns the nanoseconds since boot, time in suspend included
// (CLOCK_BOOTTIME). It may be called in every context.
func BootNanos() uint64 { return rt.KtimeGetBootNS() }

// CoarseNanos returns MonotonicNanos as of the last timer tick
// (CLOCK_MONOTONIC_COARSE), which is cheaper to read. With interrupts off it may
// be more precise than that.
func CoarseNanos() uint64 { return rt.KtimeGetCoarseNS() }

// Jiffies returns the kernel's tick counter.
func Jiffies() uint64 { return rt.Jiffies64() }

// RandomUint32 returns a pseudo-random number, good for sampling and hashing and
// not for secrets. It may be called in every context.
func RandomUint32() uint32 { return rt.GetPrandomU32() }

// NUMANode returns the NUMA node of the CPU the program runs on.
func NUMANode() uint32 { return rt.NUMANodeID() }

// CurrentTask describes the current task. In an interrupt that is the one that was
// interrupted.
func CurrentTask() TaskInfo { return taskInfo(0) }

func taskInfo(handle uint64) (info TaskInfo) {
	// SAFETY: the helper writes an abi.TaskInfo, which has TaskInfo's layout
	// (TestTaskInfo). A handle is a number that it compares with what the
	// invocation holds.
	rt.GetTaskInfo(handle, unsafe.Pointer(&info))
	return info
}

// Task is a task that the program holds: it does not vanish before it is released.
// What a program leaves behind, in whatever way it ends, is released. A Task that
// was released, or stems from another invocation, panics when it is used.
type Task struct{ handle uint64 }

// TaskByPID returns the task that the kernel knows by that pid, which user space
// calls thread id, in the initial namespace; nil when there is none. A program may
// hold 16 resources at a time.
func TaskByPID(pid uint32) *Task {
	h := rt.TaskByPID(pid)
	if h == 0 {
		return nil
	}
	return &Task{handle: h}
}

// Info describes the task as it is now.
func (t *Task) Info() TaskInfo {
	h := t.handle
	if h == 0 {
		h = 1<<64 - 1 // the zero Task is none, not the current one
	}
	return taskInfo(h)
}

// Release gives the task back.
func (t *Task) Release() { rt.TaskRelease(t.handle) }
