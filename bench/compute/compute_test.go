// SPDX-License-Identifier: Apache-2.0

// Package compute compares the code that extensions are compiled to with what
// clang makes of the same algorithms in C: instructions executed, counted one
// by one in a process, so that the numbers repeat exactly.
package compute

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rex-go/rex/internal/compile"
	"github.com/rex-go/rex/test/native"
)

var kernels = []string{"SipHash", "xxHash64", "SHA-256", "CRC-32", "base64", "DNS-name", "HTTP-header", "Aho-Corasick", "JSON-field", "LZ4-block", "sort-1000", "heap-top-16"}

// cflags are those of the kernel's C code, as far as a process can run it.
var cflags = []string{"-O2", "-fno-pic", "-fno-pie", "-mno-red-zone", "-mno-sse", "-mno-mmx", "-msoft-float", "-fcf-protection=branch",
	"-mretpoline-external-thunk", "-mfunction-return=thunk-extern", "-fno-omit-frame-pointer", "-mno-omit-leaf-frame-pointer",
	"-fno-jump-tables", "-fno-stack-protector", "-ffreestanding", "-fno-strict-aliasing", "-fno-strict-overflow"}

// build links both sides into one program and returns its name.
func build(tb testing.TB) string {
	tb.Helper()
	res, err := compile.Build(tb.Context(), compile.Config{Dir: native.Root(), Pattern: "./bench/compute/kernels", Process: true})
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(path("go.o"), res.Object, 0o644); err != nil {
		tb.Fatal(err)
	}
	run := func(args ...string) {
		tb.Helper()
		if out, err := exec.Command("clang-19", args...).CombinedOutput(); err != nil {
			tb.Fatalf("clang: %v\n%s", err, out)
		}
	}
	run(append([]string{"-c", "-o", path("c.o"), "c/kernels.c"}, cflags...)...)
	link := []string{"-O1", "-no-pie", "-o", path("count"), "c/count.c", filepath.Join(native.Root(), "test/native/process/thunks.S"), path("c.o"), path("go.o")}
	for i, p := range res.Image.Meta.Programs {
		link = append(link, fmt.Sprintf("-Wl,--defsym=rex_program_%d=%s", i, p.Symbol))
	}
	if init := res.Image.Meta.Init; init != "" {
		link = append(link, "-Wl,--defsym=rex_test_init="+init)
	}
	run(link...)
	return path("count")
}

// count runs one kernel and returns instructions executed, unless it is asked to
// be fast, and its result.
func count(tb testing.TB, exe, side string, kernel int, fast ...string) (insns, result uint64) {
	tb.Helper()
	out, err := exec.Command(exe, append([]string{side, strconv.Itoa(kernel)}, fast...)...).CombinedOutput()
	if err == nil {
		_, err = fmt.Sscan(string(out), &insns, &result)
	}
	if err != nil {
		tb.Fatalf("%s %s: %v\n%s", side, kernels[kernel], err, out)
	}
	return insns, result
}

// goal is the geometric mean of the ratios that is to be reached.
const goal = 1.15

// BenchmarkCompute prints a table and, in Go benchmark format, the number of
// instructions of each kernel on both sides.
func BenchmarkCompute(b *testing.B) {
	exe := build(b)
	fmt.Printf("# %-14s %12s %12s %7s\n", "instructions", "Go", "C", "ratio")
	sum := 0.0
	for i, name := range kernels {
		var goInsns, cInsns uint64
		report := func(side string, n *uint64) {
			// Every run gives the same number: one is enough.
			*n, _ = count(b, exe, side, i)
			b.Run(name+"/"+side, func(b *testing.B) {
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(float64(*n), "insns")
			})
		}
		report("go", &goInsns)
		report("c", &cInsns)
		ratio := float64(goInsns) / float64(cInsns)
		sum += math.Log(ratio)
		fmt.Printf("# %-14s %12d %12d %7.2f\n", name, goInsns, cInsns, ratio)
	}
	mean := math.Exp(sum / float64(len(kernels)))
	fmt.Printf("# geometric mean %.3f (goal: at most %.2f)\n", mean, goal)
}

// TestGoal: the geometric mean of the ratios is within the goal.
func TestGoal(t *testing.T) {
	if testing.Short() {
		t.Skip("executes five million instructions one by one")
	}
	exe := build(t)
	sum := 0.0
	for i, name := range kernels {
		g, _ := count(t, exe, "go", i)
		c, _ := count(t, exe, "c", i)
		t.Logf("%-12s %.3f", name, float64(g)/float64(c))
		sum += math.Log(float64(g) / float64(c))
	}
	if mean := math.Exp(sum / float64(len(kernels))); mean > goal {
		t.Errorf("geometric mean %.3f, want at most %.2f", mean, goal)
	}
}

// TestSameResult: both sides compute the same.
func TestSameResult(t *testing.T) {
	exe := build(t)
	for i, name := range kernels {
		_, g := count(t, exe, "go", i, "fast")
		_, c := count(t, exe, "c", i, "fast")
		if g != c {
			t.Errorf("%s: Go %d, C %d", name, g, c)
		}
	}
}
