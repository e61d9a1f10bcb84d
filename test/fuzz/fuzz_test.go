// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/rex-go/rex/test/native"
)

// TestPrograms compares 500 small programs with the Go compiler.
func TestPrograms(t *testing.T) {
	n := 500
	if testing.Short() {
		n = 50
	}
	if !run(t.Context(), 1, n, 50, 6, 2) {
		t.Error("the compilers differ (the seeds are printed above; run the fuzz command with -n 1 -seed S -size 6)")
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
