// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/test/native"
)

// TestPrograms compares 500 small programs with the Go compiler.
func TestPrograms(t *testing.T) {
	n := 500
	if testing.Short() {
		n = 50
	}
	if !run(t.Context(), 1, n, 100, 4, 2, "") {
		t.Error("the compilers differ (the seeds are printed above; run the fuzz command with -n 1 -seed S -size 4)")
	}
}

func TestDifference(t *testing.T) {
	same := native.End{Output: "1\n2\n", Panic: "panic: x", Frames: []string{"p.go:3"}}
	for _, c := range []struct {
		change func(*native.End)
		want   string
	}{
		{func(e *native.End) { e.Output = "1\n3\n" }, `seed 7: got line 2 "3", want line 2 "2"`},
		{func(e *native.End) { e.Output = "1\n2\n" + "4" }, `seed 7: got line 3 "4", want line 3 ""`},
		{func(e *native.End) { e.Panic = "panic: y" }, `seed 7: got panic "panic: y", want panic "panic: x"`},
		{func(e *native.End) { e.Frames = nil }, `seed 7: got [], want [p.go:3]`},
	} {
		got := same
		c.change(&got)
		if s := (difference{7, got, same}).String(); s != c.want {
			t.Errorf("got %s, want %s", s, c.want)
		}
	}
}

// TestReduce: what does not matter to a difference is left out.
func TestReduce(t *testing.T) {
	src := []byte(`package main

func cases() []func() { return []func(){main_0} }

func setup(int) {}

func unused() {}

var y = 1

func main_0() {
	x := 1
	_ = x
	if y > 0 {
		println("this")
		x++
		println("that")
	}
}
`)
	tries := 0
	small := reduce(t.Context(), src, func(src []byte) bool {
		tries++
		return strings.Contains(string(src), `"that"`)
	})
	want := `package main

func cases() []func() { return []func(){main_0} }

func setup(int) {}

var y = 1

func main_0() {
	if y > 0 {
		println("that")
	}
}
`
	// The formatter keeps some of the blank lines.
	if got := strings.ReplaceAll(string(small), "\n\n", "\n"); got != strings.ReplaceAll(want, "\n\n", "\n") {
		t.Errorf("after %d tries:\n%s", tries, small)
	}
}
