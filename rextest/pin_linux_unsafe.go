// SPDX-License-Identifier: Apache-2.0

//go:build linux

package rextest

import (
	"syscall"
	"unsafe"
)

// cpuMask is the kernel's cpumask, for up to 1024 CPUs.
type cpuMask [16]uint64

// pin keeps this thread on a CPU until restore is called.
func pin(cpu uint32) (restore func(), err error) {
	var old, one cpuMask
	if err := affinity(syscall.SYS_SCHED_GETAFFINITY, &old); err != nil {
		return nil, err
	}
	one[cpu/64] = 1 << (cpu % 64)
	if err := affinity(syscall.SYS_SCHED_SETAFFINITY, &one); err != nil {
		return nil, err
	}
	return func() { _ = affinity(syscall.SYS_SCHED_SETAFFINITY, &old) }, nil
}

func affinity(call uintptr, mask *cpuMask) error {
	// SAFETY: the kernel reads or writes at most Sizeof(*mask) bytes there and
	// keeps nothing.
	if _, _, errno := syscall.RawSyscall(call, 0, unsafe.Sizeof(*mask), uintptr(unsafe.Pointer(mask))); errno != 0 {
		return errno
	}
	return nil
}
