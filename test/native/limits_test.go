// SPDX-License-Identifier: Apache-2.0

package native

import (
	"os"
	"strings"
	"testing"
)

// TestLimits: what would never end, or never fit, ends as it must. The budget
// is 300 ms of processor time; nothing that ends by itself comes near it.
func TestLimits(t *testing.T) {
	const (
		timeout = "fatal error: time budget of 300ms exceeded\n"
		stack   = "fatal error: stack overflow\n"
	)
	want := []string{
		timeout, // for {}
		timeout, // for { x++ }
		timeout, // a loop that calls
		timeout, // nested counted loops
		timeout, // goto
		timeout, // range over a function
		timeout, // recursion without depth
		stack,   // a function that calls itself
		stack,   // two that call each other
		stack,   // through an interface
		stack,   // through a closure
		"panic: runtime error: arena exhausted",
		"panic: runtime error: arena exhausted",
		"panic: runtime error: arena exhausted",
		"1044480\n",
		"25\n",
		"33898\n",
		"9999999999\n",
		"12502500\n",
	}
	src, err := os.ReadFile("testdata/limits/limits.go")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(runRex(t, src), "== ")[1:]
	if len(got) != len(want) {
		t.Fatalf("%d cases, want %d", len(got), len(want))
	}
	for i, g := range got {
		_, text, _ := strings.Cut(g, "\n")
		if !strings.HasPrefix(text, want[i]) {
			t.Errorf("case %d: got %q, want %q", i, text, want[i])
		}
	}
}
