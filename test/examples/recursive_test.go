// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVMRecursive: a file in a deep directory of one file system and a file of
// another one, mounted, are reported by their paths.
func TestVMRecursive(t *testing.T) {
	a := start(t, "recursive", "-pid", fmt.Sprint(os.Getpid()))
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	deep := dir + strings.Repeat("/d", 50)
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{deep + "/file", "/proc/self/status"} {
		f, err := os.OpenFile(file, os.O_CREATE|os.O_RDONLY, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	want := []string{deep + "/file", fmt.Sprintf("/proc/%d/status", os.Getpid())}
	for _, file := range want {
		a.wait(&a.stdout, fmt.Sprintf("%7d  %s\n", os.Getpid(), file))
	}
	a.stop()
}
