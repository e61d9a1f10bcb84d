// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestVMSyscount: a call that this process makes often, and fails at, is counted
// exactly.
func TestVMSyscount(t *testing.T) {
	a := start(t, "syscount", "-every", "1h", "-top", "1000", "-pid", fmt.Sprint(os.Getpid()))
	const n, failing = 500, 100
	for i := range n {
		pid := os.Getpid()
		if i < failing {
			pid = 1 << 22
		}
		if _, err := unix.Getpgid(pid); (err != nil) != (i < failing) {
			t.Fatal(err)
		}
	}
	out := a.stop()
	if c, e := number(t, out, `(?m)^ +getpgid +(\d+) `), number(t, out, `(?m)^ +getpgid +\d+ +(\d+) `); c != n || e != failing {
		t.Errorf("%d calls, %d errors (expected %d, %d)", c, e, n, failing)
	}
}
