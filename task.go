// SPDX-License-Identifier: Apache-2.0

package rex

// TaskInfo describes a task. Ids are those of the initial namespaces.
type TaskInfo struct {
	// PID is the kernel's pid, which user space calls thread id, TGID its tgid,
	// which user space calls process id.
	PID, TGID uint32
	UID, GID  uint32
	// Comm is the task's name, padded with zeros; the last byte is always zero.
	Comm [16]byte
	// CgroupID is the id of the task's cgroup in the default hierarchy: the
	// inode number of the cgroup's directory.
	CgroupID uint64
	// StartNanos is when the task was started, as BootNanos counts.
	StartNanos uint64
	// UserNanos and SystemNanos are the task's time in user space and in the
	// kernel, as far as the kernel has accounted for it; RunNanos is all of it
	// up to the last tick or switch, more precisely.
	UserNanos, SystemNanos, RunNanos uint64
	// Address is that of the kernel's struct task_struct: a kernel.Pointer.
	Address uint64
}
