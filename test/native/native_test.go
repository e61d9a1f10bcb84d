// SPDX-License-Identifier: Apache-2.0

// Package native runs compiled extensions in a process and compares them with
// what the Go compiler makes of the same source. The machine code is that of
// the object, linked with a small C stand-in for rex.ko.
//
// A test program is one file of package main with
//
//	func cases() []func() { … }
//
// Each case runs in a process of its own; what it prints and how it ends must
// be the same on both sides. The Go side is kept in testdata/NAME.want, written
// anew with -update.
package native

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile"
	"github.com/rex-go/rex/internal/report"
)

var update = flag.Bool("update", false, "run the test programs with the Go compiler and keep the results")

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

// allCases runs the executable for case 0, 1, … until there is none.
func allCases(t *testing.T, exe string, message func(out []byte) string) string {
	t.Helper()
	var b strings.Builder
	for i := 0; ; i++ {
		out, err := exec.Command(exe, strconv.Itoa(i)).CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if exit != nil && exit.ExitCode() == 99 {
			return b.String()
		}
		fmt.Fprintf(&b, "== %d\n%s", i, message(out))
		if exit != nil && exit.ExitCode() != 2 {
			fmt.Fprintf(&b, "%v\n", exit)
		}
	}
}

var goAddress = regexp.MustCompile(`^(panic: \([^)]*\)) 0x[0-9a-f]+$`)

// runGo builds the program with the Go compiler and runs it.
func runGo(t *testing.T, src []byte) string {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), []byte("module p\n\ngo 1.26\n"))
	write(t, filepath.Join(dir, "p.go"), src)
	write(t, filepath.Join(dir, "host.go"), []byte(hostFile))
	exe := filepath.Join(dir, "p")
	cmd := exec.Command("go", "build", "-o", exe, ".")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return allCases(t, exe, func(out []byte) string {
		s := string(out)
		at := strings.Index(s, "panic: ")
		if at < 0 || at > 0 && s[at-1] != '\n' {
			if i := strings.Index(s, "fatal error: stack overflow"); i >= 0 {
				return "fatal error: stack overflow\n"
			}
			return s
		}
		line, _, _ := strings.Cut(s[at:], "\n")
		line = strings.TrimSuffix(line, " [recovered]")
		if m := goAddress.FindStringSubmatch(line); m != nil {
			line = m[1]
		}
		return s[:at] + line + "\n"
	})
}

// runRex compiles the program as an extension, links it with the stand-in for
// rex.ko, and runs it.
func runRex(t *testing.T, src []byte) string {
	exe := buildRex(t, src)
	return allCases(t, exe, func(out []byte) string {
		at := bytes.LastIndexByte(append([]byte{'\n'}, out...), '!')
		if at <= 0 || at > 1 && out[at-2] != '\n' {
			return string(out)
		}
		var code uint32
		var a, b uint64
		head, text, _ := bytes.Cut(out[at:], []byte("\n"))
		if _, err := fmt.Sscanf(string(head), "%d %d %d", &code, &a, &b); err != nil {
			return string(out)
		}
		return string(out[:at-1]) + report.PanicText(abi.PanicCode(code), a, b, string(text)) + "\n"
	})
}

func buildRex(t *testing.T, src []byte) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "test/native/testdata/prog")
	res, err := compile.Build(t.Context(), compile.Config{
		Dir: root, Pattern: "./test/native/testdata/prog",
		Overlay: map[string][]byte{
			filepath.Join(dir, "p.go"): src,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	tmp := t.TempDir()
	object, exe := filepath.Join(tmp, "p.o"), filepath.Join(tmp, "p")
	write(t, object, res.Object)
	args := []string{"-O1", "-no-pie", "-o", exe, "testdata/runtime.c", "testdata/thunks.S", object,
		"-Wl,--defsym=rex_test_main=" + res.Image.Meta.Programs[0].Symbol}
	if init := res.Image.Meta.Init; init != "" {
		args = append(args, "-Wl,--defsym=rex_test_init="+init)
	}
	if out, err := exec.Command("clang-19", args...).CombinedOutput(); err != nil {
		t.Fatalf("clang: %v\n%s", err, out)
	}
	return exe
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
