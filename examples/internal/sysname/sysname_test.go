// SPDX-License-Identifier: Apache-2.0

package sysname

import (
	"syscall"
	"testing"
)

func TestOf(t *testing.T) {
	for nr, want := range map[int]string{
		syscall.SYS_READ: "read", syscall.SYS_OPENAT: "openat", syscall.SYS_PRLIMIT64: "prlimit64", -1: "sys_-1", 4000: "sys_4000",
	} {
		if got := Of(nr); got != want {
			t.Errorf("%d: %s, want %s", nr, got, want)
		}
	}
}
