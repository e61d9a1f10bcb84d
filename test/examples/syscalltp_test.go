// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"golang.org/x/sys/unix"
)

// TestVMSyscallTP: calls that succeed, fail, and are made with an address where
// no name is, are reported with their results.
func TestVMSyscallTP(t *testing.T) {
	a := start(t, "syscalltp", "-pid", fmt.Sprint(os.Getpid()))
	fd, err := unix.Openat(unix.AT_FDCWD, "/etc/passwd", unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(fd)
	unix.Openat(unix.AT_FDCWD, "/no/such/file", unix.O_RDONLY, 0)
	unix.Syscall6(unix.SYS_OPENAT, ^uintptr(99), 0x1000, 0, 0, 0, 0)
	out := a.stop()
	for _, want := range []string{
		fmt.Sprintf(`(?m)^ *%d  \S+ +\S+ +%d  /etc/passwd$`, os.Getpid(), fd),
		`(?m)  no such file or directory  /no/such/file$`,
		`(?m)  bad address  $`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no line matches %s:\n%s", want, out)
		}
	}
}
