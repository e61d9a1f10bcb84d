// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestVMAnomaly: what was recorded of two ways of working is told apart
// afterwards: reading files, and trying names and ports.
func TestVMAnomaly(t *testing.T) {
	const windows = 10
	normal := func() {
		var buf [64]byte
		for range windows * 64 / 4 {
			fd, err := unix.Openat(unix.AT_FDCWD, "/etc/passwd", unix.O_RDONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			unix.Read(fd, buf[:])
			unix.Read(fd, buf[:])
			unix.Close(fd)
		}
	}
	attack := func() {
		s, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(s)
		for i := range windows * 64 / 3 {
			unix.Openat(unix.AT_FDCWD, fmt.Sprint("/nonexistent/guess", i), unix.O_RDONLY, 0)
			unix.Connect(s, &unix.SockaddrInet4{Port: 1 + i, Addr: [4]byte{240, 0, 0, 1}})
			unix.Kill(1<<22, unix.SIGTERM)
		}
	}
	dir, pid := t.TempDir(), fmt.Sprint(os.Getpid())
	good, bad := filepath.Join(dir, "good"), filepath.Join(dir, "bad")
	for file, work := range map[string]func(){good: normal, bad: attack} {
		a := start(t, "anomaly", "-record", file, fmt.Sprintf("-anomalous=%t", file == bad), "-pid", pid)
		work()
		a.stop()
		// The other windows have calls of the runtime's and of this test's end.
		if b, err := os.ReadFile(file); err != nil || strings.Count(string(b), "\n") < windows {
			t.Fatalf("%s: %v\n%s", file, err, b)
		}
	}
	a := start(t, "anomaly", "-learn", good+","+bad, "-pid", pid)
	normal()
	attack()
	normal()
	out := a.stop()
	// Where the ways change there may be a window of either kind.
	if n := strings.Count(out, "ANOMALY  pid "+pid+" "); n < windows-2 || n > windows+4 {
		t.Errorf("%d anomalous windows, want %d:\n%s", n, windows, out)
	}
}
