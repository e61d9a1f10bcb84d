// SPDX-License-Identifier: Apache-2.0

package maps_test

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
)

// TestVMCallchains: the kernel keeps its buffers for stacks while an extension
// is loaded that copies stacks, and no longer; others need none. While it does,
// their size cannot be changed.
func TestVMCallchains(t *testing.T) {
	const file = "/proc/sys/kernel/perf_event_max_stack"
	size, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	kept := func(when string, want bool) {
		t.Helper()
		err := os.WriteFile(file, size, 0)
		if err != nil && !errors.Is(err, unix.EBUSY) || (err != nil) != want {
			t.Errorf("%s: %v, want the buffers kept: %v", when, err, want)
		}
	}
	kept("nothing is loaded", false)
	load(t, "hold", loader.Options{})
	kept("an extension without stacks", false)
	a := load(t, "chains", loader.Options{})
	kept("one that copies stacks", true)
	b := load(t, "chains", loader.Options{Name: "chains_too"})
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	kept("another one, after the first has gone", true)

	attach(t, b, "Getpgid")
	callGetpgid()
	var depth uint64
	if err := mapOf(t, b, "depth").Lookup(uint32(0), &depth); err != nil || depth < 3 {
		t.Errorf("a stack of %d, %v", depth, err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	kept("all that copy stacks have gone", false)
}
