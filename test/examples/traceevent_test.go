// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

//go:noinline
func spin(n int) (sum uint64) {
	for i := range n {
		sum = sum*31 + uint64(i)
	}
	return sum
}

var sink uint64

// TestVMTraceEvent: a function of this process that computes, and the kernel
// function of a system call that it makes, are found in the flame graph, below
// what has called them.
func TestVMTraceEvent(t *testing.T) {
	dir := t.TempDir()
	svg, folded := filepath.Join(dir, "flame.svg"), filepath.Join(dir, "folded")
	a := start(t, "traceevent", "-every", "200ms", "-freq", "499", "-pid", fmt.Sprint(os.Getpid()), "-svg", svg, "-folded", folded)
	null, err := os.OpenFile("/dev/zero", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	buf := make([]byte, 1<<16)
	for end := time.Now().Add(patience); number(t, a.stdout.String(), `(?m)^(\d+) samples`) < 100 && time.Now().Before(end); {
		sink += spin(1_000_000)
		for range 20 {
			unix.Read(int(null.Fd()), buf)
		}
	}
	a.stop()
	text, err := os.ReadFile(folded)
	if err != nil {
		t.Fatal(err)
	}
	// spin has no frame of its own, so that its caller is missing.
	for _, want := range []string{
		`(?m);testing\.tRunner;\S*examples_test\.spin \d+$`,
		`(?m)examples_test\.TestVMTraceEvent;\S*;do_syscall_64_\[k\];\S*ksys_read_\[k\];`,
	} {
		if !regexp.MustCompile(want).Match(text) {
			t.Errorf("no stack matches %s:\n%s", want, text)
		}
	}
	drawn, err := os.ReadFile(svg)
	if err != nil {
		t.Fatal(err)
	}
	var x struct {
		Titles []string `xml:"g>title"`
	}
	if err := xml.Unmarshal(drawn, &x); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(x.Titles, "\n"), "examples_test.spin: ") {
		t.Errorf("spin is not drawn: %q", x.Titles)
	}
}
