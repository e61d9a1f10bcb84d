// SPDX-License-Identifier: Apache-2.0

package main

import (
	"syscall"
	"testing"
)

func TestParseErrno(t *testing.T) {
	for s, want := range map[string]syscall.Errno{"ENOSPC": syscall.ENOSPC, "5": syscall.EIO} {
		if got, err := parseErrno(s); err != nil || got != uint32(want) {
			t.Errorf("%s: %d, %v", s, got, err)
		}
	}
	for _, bad := range []string{"", "EWHAT", "0", "4096", "-5"} {
		if _, err := parseErrno(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
