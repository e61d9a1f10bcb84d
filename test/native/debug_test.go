// SPDX-License-Identifier: Apache-2.0

package native

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/image"
)

// errTracing: the test needs one process to trace another.
var errTracing = errors.New("needs ptrace, which this machine does not allow")

const debugSource = `package main

func main() {
	println(outer(table[:], 1))
}

var table = [4]int{1, 2, 3, 4}

func outer(s []int, n int) int {
	sum := s[n]
	for _, v := range s {
		sum += inner(v)
	}
	return sum + table[n]
}

func inner(v int) int {
	table[v&3]++
	return v*v ^
		table[v&1]
}
`

func debugProgram(t *testing.T) *Program {
	t.Helper()
	res, err := Compile(t.Context(), map[string][]byte{"p.go": []byte(debugSource)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Link(t.Context(), res, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestSymbolizer: what perf and others do with an address of the program, find
// the functions and lines in the object's DWARF, inlined ones too. Addresses
// are offsets in .text, which the object's debug information is relative to.
func TestSymbolizer(t *testing.T) {
	p := debugProgram(t)
	var addrs bytes.Buffer
	text := p.object.Section(image.TextSection)
	for a := range text.Size {
		fmt.Fprintf(&addrs, "%#x\n", a)
	}
	cmd := exec.CommandContext(t.Context(), "llvm-symbolizer-19", "--obj="+p.exe+".o", "--inlines", "--basenames", "--output-style=GNU")
	cmd.Stdin = &addrs
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	// The lines of code in each function, wherever it was inlined.
	seen := map[string]bool{}
	lines := strings.Split(string(out), "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		at, _, _ := strings.Cut(lines[i+1], " (discriminator")
		seen[lines[i]+" "+at] = true
	}
	for _, want := range []string{
		"main.main p.go:4", "main.outer p.go:10", "main.outer p.go:12", "main.inner p.go:18", "main.inner p.go:19", "main.inner p.go:20",
	} {
		if !seen[want] {
			t.Errorf("no address belongs to %s", want)
		}
	}
	for s := range seen {
		if line, ok := strings.CutPrefix(s, "main.inner p.go:"); ok && line != "17" && line != "18" && line != "19" && line != "20" {
			t.Errorf("wrong line: %s", s)
		}
	}
	if t.Failed() {
		t.Log(seen)
	}
}

// TestDebugger: gdb, which is told where the object's code is as it would be for
// a kernel module, stops at a line of Go and knows how it came there.
func TestDebugger(t *testing.T) {
	gdb, err := exec.LookPath("gdb")
	if err != nil {
		t.Skip(err) // a tool of developers; nothing of the project needs it
	}
	p := debugProgram(t)
	f, err := elf.Open(p.exe)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	syms, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(syms, func(s elf.Symbol) bool { return s.Name == "rex_test_main" })
	if at < 0 {
		t.Fatal("the program has no rex_test_main")
	}
	cmd := exec.CommandContext(t.Context(), gdb, "-batch", "-nx",
		"-ex", fmt.Sprintf("add-symbol-file %s.o -o %#x", p.exe, syms[at].Value-p.base),
		"-ex", "break p.go:19", "-ex", "run 0 0 65536 4096", "-ex", "backtrace", p.exe)
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "ptrace: Operation not permitted") {
		t.Skip(errTracing)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, trace, _ := strings.Cut(string(out), "\n#0")
	for _, want := range []string{"main.inner", "p.go:19", "main.outer", "p.go:12", "main.main", "p.go:4", "main.RexMain", "entry.go:7"} {
		_, after, ok := strings.Cut(trace, want)
		if !ok {
			t.Fatalf("no %s in this place of the trace:\n%s", want, out)
		}
		trace = after
	}
}
