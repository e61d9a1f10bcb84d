// SPDX-License-Identifier: Apache-2.0

// Package scale measures the compiler on a large generated package.
package scale

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/rex-go/rex/internal/compile"
	"github.com/rex-go/rex/test/native"
)

// lines is the size of the generated package.
const lines = 50_000

// generate writes a package of about n lines: records with accessors, parsers
// of bytes, table look-ups, loops, switches and calls among them, as generated
// code has them, all reachable from one program.
func generate(n int) []byte {
	var b bytes.Buffer
	b.WriteString("package big\n\nimport (\n\t\"encoding/binary\"\n\n\t\"github.com/rex-go/rex/xdp\"\n)\n")
	count := 0
	for bytes.Count(b.Bytes(), []byte("\n")) < n-20 {
		for range 20 {
			fmt.Fprintf(&b, unit, count)
			count++
		}
	}
	b.WriteString("\n//rex:xdp\nfunc Main(ctx *xdp.Context) xdp.Action {\n\tdata := ctx.Data()\n\tvar sum uint64\n\tswitch len(data) {\n")
	for i := range count {
		fmt.Fprintf(&b, "\tcase %d:\n\t\tsum += run%d(data)\n", i, i)
	}
	b.WriteString("\t}\n\tif sum == 1 {\n\t\treturn xdp.Drop\n\t}\n\treturn xdp.Pass\n}\n")
	return b.Bytes()
}

// unit is a record type with what belongs to it.
const unit = `
type record%[1]d struct {
	id    uint32
	kind  uint8
	flags uint16
	words [8]uint32
}

var table%[1]d = [...]uint32{1, 2, 3, 5, 8, 13, 21, %[1]d}

func (r *record%[1]d) valid() bool {
	return r.id != 0 && r.kind < 16 && r.flags&1 == 0
}

func (r *record%[1]d) parse(p []byte) bool {
	if len(p) < 39 {
		return false
	}
	r.id = binary.BigEndian.Uint32(p)
	r.kind = p[4]
	r.flags = binary.LittleEndian.Uint16(p[5:])
	for i := range r.words {
		r.words[i] = binary.BigEndian.Uint32(p[7+4*i:])
	}
	return r.valid()
}

func (r *record%[1]d) weigh() uint64 {
	var sum uint64
	for i, w := range r.words {
		switch w %% 4 {
		case 0:
			sum += uint64(w)
		case 1:
			sum ^= uint64(table%[1]d[i%%len(table%[1]d)]) * %[1]d
		case 2:
			sum = sum<<3 | sum>>61
		default:
			sum -= uint64(i)
		}
	}
	return sum
}

func run%[1]d(p []byte) uint64 {
	var r record%[1]d
	var total uint64
	for len(p) > 0 {
		if !r.parse(p) {
			break
		}
		total += r.weigh()
		p = p[39:]
	}
	return total + uint64(r.id)
}
`

// BenchmarkLargePackage compiles the package once and reports seconds, and the
// memory in MiB of the largest process: this one or LLVM.
func BenchmarkLargePackage(b *testing.B) {
	root := native.Root()
	dir := filepath.Join(root, "bench/scale/testdata/big")
	src := generate(lines)
	b.Logf("%d lines", bytes.Count(src, []byte("\n")))
	if name := os.Getenv("REX_SCALE_SOURCE"); name != "" {
		if err := os.WriteFile(name, src, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for range b.N {
		start := time.Now()
		res, err := compile.Build(b.Context(), compile.Config{Dir: root, Pattern: "./bench/scale/testdata/big",
			Overlay: map[string][]byte{filepath.Join(dir, "big.go"): src}})
		if err != nil {
			b.Fatal(err)
		}
		for _, t := range res.Timings {
			b.Logf("%-9s %6.1f s", t.Stage, t.Took.Seconds())
		}
		b.ReportMetric(time.Since(start).Seconds(), "s")
		b.ReportMetric(float64(len(res.Object))/(1<<20), "MiB-object")
	}
	var self, children syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &self) == nil && syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children) == nil {
		b.ReportMetric(float64(max(self.Maxrss, children.Maxrss))/1024, "MiB-peak")
		cpu := time.Duration(self.Utime.Nano() + self.Stime.Nano() + children.Utime.Nano() + children.Stime.Nano())
		b.ReportMetric(cpu.Seconds(), "s-cpu")
	}
	b.ReportMetric(0, "ns/op")
}
