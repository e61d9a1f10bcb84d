// SPDX-License-Identifier: Apache-2.0

// Package bench measures extensions beside their eBPF twins on the stock
// kernel. Under "make bench" the guest's clock counts instructions, so a run's
// nanoseconds are instructions and repeat exactly, whatever else the machine
// does.
package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/rextest"
)

// repeat is long enough that the timer ticks of the run are a small and steady
// share.
const repeat = 200_000

// measure reports instructions for each run of a program.
func measure(b *testing.B, run func(repeat int) (time.Duration, error)) float64 {
	var per time.Duration
	for range b.N {
		var err error
		if per, err = run(repeat); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(per.Nanoseconds()), "insns/run")
	return float64(per.Nanoseconds())
}

// ebpfXDP loads an XDP program made of instructions.
func ebpfXDP(b *testing.B, ins asm.Instructions) *ebpf.Program {
	b.Helper()
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "GPL", Instructions: ins})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.Close() })
	return p
}

// load loads an extension that vmtest compiled.
func load(b *testing.B, name string) *loader.Extension {
	b.Helper()
	obj, err := loader.Open(filepath.Join(os.Getenv("REX_OBJECTS"), name+".rexo"))
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	ext, err := loader.Load(obj, loader.Options{})
	if err != nil {
		b.Fatalf("%+v", err)
	}
	b.Logf("link and load of %s: %.1f M instructions", name, float64(time.Since(start).Nanoseconds())/1e6)
	b.Cleanup(func() {
		if err := ext.Close(); err != nil {
			b.Error(err)
		}
	})
	return ext
}

// extension measures one program of a loaded extension.
func extension(b *testing.B, ext *loader.Extension, prog string, packet []byte) float64 {
	return measure(b, func(repeat int) (time.Duration, error) {
		_, per, err := ext.Benchmark(prog, packet, repeat)
		return per, err
	})
}

// BenchmarkVMDispatch is the cost of entering and leaving a program that does
// nothing: an eBPF program's own, and ours, which comes on top of it because
// a stub calls us.
func BenchmarkVMDispatch(b *testing.B) {
	testutil.VM(b)
	packet := make([]byte, 64)
	var twin, ours float64
	b.Run("ebpf", func(b *testing.B) {
		p := ebpfXDP(b, asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()})
		twin = measure(b, func(repeat int) (time.Duration, error) {
			_, per, err := p.Benchmark(packet, repeat, nil)
			return per, err
		})
	})
	ext := load(b, "empty")
	b.Run("rex", func(b *testing.B) { ours = extension(b, ext, "Pass", packet) })
	fmt.Printf("# an empty program: eBPF %.0f, rex %.0f instructions a run, %.0f more\n", twin, ours, ours-twin)
}

// BenchmarkVMXDPCount is examples/xdpcount on one packet of each kind.
func BenchmarkVMXDPCount(b *testing.B) {
	testutil.VM(b)
	ext := load(b, "xdpcount")
	for _, c := range []struct {
		name   string
		layers []rextest.Layer
	}{
		{"udp4", []rextest.Layer{rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: 53}}},
		{"tcp6", []rextest.Layer{rextest.Ethernet{}, rextest.IPv6{}, rextest.TCP{DstPort: 80}}},
	} {
		b.Run(c.name, func(b *testing.B) { extension(b, ext, "Count", rextest.Packet(c.layers...)) })
	}
}
