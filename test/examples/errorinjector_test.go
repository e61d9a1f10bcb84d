// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestVMErrorInjector: every third openat of this process fails, and none of
// another one.
func TestVMErrorInjector(t *testing.T) {
	a := start(t, "errorinjector", "-every", "1h", "-pid", fmt.Sprint(os.Getpid()), "-call", "openat,fsync", "-errno", "ENOSPC", "-every-call", "3")
	const n = 30
	for i := 1; i <= n; i++ {
		fd, err := unix.Openat(unix.AT_FDCWD, "/etc/passwd", unix.O_RDONLY, 0)
		switch {
		case i%3 == 0 && err != unix.ENOSPC:
			t.Errorf("call %d: %v", i, err)
		case i%3 != 0 && err != nil:
			t.Errorf("call %d: %v", i, err)
		case err == nil:
			unix.Close(fd)
		}
	}
	// Its files are given to it, so that they are not opened here.
	cmd := exec.Command("cat", "/etc/passwd", "/etc/passwd", "/etc/passwd")
	var out strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, &out, os.Stderr
	if err := cmd.Run(); err != nil || out.Len() == 0 {
		t.Errorf("another process: %v", err)
	}
	if got := a.stop(); !strings.Contains(got, fmt.Sprintf(": %d of %d calls failed with no space left on device\n", n/3, n)) {
		t.Errorf("got %q", got)
	}
	fd, err := unix.Openat(unix.AT_FDCWD, "/etc/passwd", unix.O_RDONLY, 0)
	for i := 0; i < 2 && err == nil; i++ {
		unix.Close(fd)
		fd, err = unix.Openat(unix.AT_FDCWD, "/etc/passwd", unix.O_RDONLY, 0)
	}
	if err != nil {
		t.Errorf("after the end: %v", err)
	}
	unix.Close(fd)
}
