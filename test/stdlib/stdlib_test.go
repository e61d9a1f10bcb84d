// SPDX-License-Identifier: Apache-2.0

package stdlib

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/diag"
	"github.com/rex-go/rex/test/native"
)

var update = flag.Bool("update", false, "run the tests with the Go compiler and keep what they print")

const want = "testdata/want.txt"

// TestRun compiles the program in testdata as an extension, runs it in a
// process, and compares what it prints with what it prints when the Go
// toolchain compiles it.
func TestRun(t *testing.T) {
	files, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		exe, err := native.BuildGo(t.Context(), files, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		end, err := native.RunGo(t.Context(), exe, native.Limits{})
		if err != nil || end.Exit != 0 || end.Trouble != "" {
			t.Fatalf("%+v, %v", end, err)
		}
		if err := os.WriteFile(want, []byte(end.Output), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(want)
	if err != nil {
		t.Fatal(err)
	}
	res, err := native.Compile(t.Context(), files)
	if list := (diag.List)(nil); errors.As(err, &list) {
		for _, d := range list {
			t.Errorf("%s:%d: %s", filepath.Base(d.Pos.Filename), d.Pos.Line, d.Message)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := native.Link(t.Context(), res, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	end, err := p.Run(t.Context(), 0, native.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, end.Output, string(golden))
	if end.Exit != 0 || end.Panic != "" || end.Trouble != "" {
		t.Errorf("ended with status %d, %s %s\n%s", end.Exit, end.Panic, end.Trouble, strings.Join(end.Frames, "\n"))
	}
}

// compare reports, for each section, the first line that differs.
func compare(t *testing.T, got, want string) {
	t.Helper()
	have := map[string]string{}
	for _, s := range strings.Split("\n"+got, "\n== ") {
		name, text, _ := strings.Cut(s, "\n")
		have[name] = text
	}
	for _, s := range strings.Split("\n"+want, "\n== ")[1:] {
		name, text, _ := strings.Cut(s, "\n")
		t.Run(name, func(t *testing.T) {
			g, w := strings.Split(have[name], "\n"), strings.Split(text, "\n")
			for i := range w {
				if i >= len(g) || g[i] != w[i] {
					line := "nothing"
					if i < len(g) {
						line = g[i]
					}
					t.Fatalf("line %d differs\ngot:  %s\nwant: %s", i+1, line, w[i])
				}
			}
			if len(g) != len(w) {
				t.Errorf("prints %d lines, want %d", len(g), len(w))
			}
		})
	}
}
