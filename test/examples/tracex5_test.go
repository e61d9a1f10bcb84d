// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestVMTracex5: calls are printed with their arguments, and by their rules.
func TestVMTracex5(t *testing.T) {
	a := start(t, "tracex5", "-pid", fmt.Sprint(os.Getpid()), "-rule", "18:3==7", "-rule", "121", "-rule", "257", "-rule", "42")
	null, err := unix.Open(os.DevNull, unix.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(null)
	for off := range int64(10) { // of which one passes
		if _, err := unix.Pwrite(null, []byte("seven\n"), off); err != nil {
			t.Fatal(err)
		}
	}
	unix.Getpgid(4242)
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(s)
	unix.Connect(s, &unix.SockaddrInet4{Port: 53, Addr: [4]byte{192, 0, 2, 1}})
	out := a.stop()
	for want, times := range map[string]int{
		fmt.Sprintf("pwrite64(%d, \"seven\\n\", 6, 7)\n", null): 1,
		"pwrite64(":       1,
		"getpgid(4242)\n": 1,
		"openat(AT_FDCWD, \"/dev/null\", 0x1, 0x0)\n":     1,
		fmt.Sprintf("connect(%d, 192.0.2.1:53, 16)\n", s): 1,
		"socket(": 0,
	} {
		if got := strings.Count(out, want); got != times {
			t.Errorf("%q is there %d times, want %d:\n%s", want, got, times, out)
		}
	}
}
