// SPDX-License-Identifier: Apache-2.0

package native

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile"
)

var update = flag.Bool("update", false, "run the test programs with the Go compiler and keep the results")

// A test program in testdata is one file of package main with
//
//	func cases() []func() { … }
//
// Each case runs in a process of its own; what it prints and how it ends must
// be the same on both sides. The Go side is kept in testdata/NAME.want, written
// anew with -update.
const hostFile = `package main

import (
	"os"
	"strconv"
)

func main() {
	i, _ := strconv.Atoi(os.Args[1])
	list := cases()
	if i >= len(list) {
		os.Exit(99)
	}
	list[i]()
}
`

func TestPrograms(t *testing.T) {
	files, err := filepath.Glob("testdata/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test programs: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".go")
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := filepath.Join("testdata", name+".want")
			if *update {
				if err := os.WriteFile(want, []byte(runGo(t, src)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			golden, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, runRex(t, src), string(golden))
		})
	}
}

// compare reports each case that differs.
func compare(t *testing.T, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "== "), strings.Split(want, "== ")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Errorf("case differs\ngot:  %s\nwant: %s", a, b)
		}
	}
}

// allCases runs case 0, 1, … until there is none.
func allCases(t *testing.T, run func(i int) (End, error)) string {
	t.Helper()
	var b strings.Builder
	for i := 0; ; i++ {
		end, err := run(i)
		if err != nil {
			t.Fatal(err)
		}
		if end.Exit == 99 {
			return b.String()
		}
		fmt.Fprintf(&b, "== %d\n%s", i, end.Output)
		switch {
		case end.Trouble != "":
			fmt.Fprintln(&b, end.Trouble)
		case end.Panic != "":
			fmt.Fprintln(&b, end.Panic)
		case end.Exit != 0:
			fmt.Fprintln(&b, "exit status", end.Exit)
		}
	}
}

// runGo builds the program with the Go compiler and runs it.
func runGo(t *testing.T, src []byte) string {
	exe, err := BuildGo(t.Context(), map[string][]byte{"p.go": src, "host.go": []byte(hostFile)}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return allCases(t, func(i int) (End, error) { return RunGo(t.Context(), exe, Limits{}, strconv.Itoa(i)) })
}

// runRex compiles the program as an extension, by the rules for the kernel, and
// runs it with as much stack as there.
func runRex(t *testing.T, src []byte) string {
	root := Root()
	res, err := compile.Build(t.Context(), compile.Config{
		Dir: root, Pattern: "./test/native/testdata/prog",
		Overlay: map[string][]byte{filepath.Join(root, "test/native/testdata/prog/p.go"): src},
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Link(t.Context(), res, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	lim := Limits{Arena: 1 << 10, Stack: abi.StackProgram >> 10, Budget: 300}
	return allCases(t, func(i int) (End, error) { return p.Run(t.Context(), i, lim) })
}
