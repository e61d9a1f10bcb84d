// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/examples/bmc"
	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/rextest"
)

// single measures one run at a time, for programs that change their packet, and
// returns the median.
func single(b *testing.B, ext *loader.Extension, prog string, packet []byte, want uint32) float64 {
	b.Helper()
	var all []int64
	for range 301 {
		verdict, took, err := ext.Benchmark(prog, packet, 1)
		if err != nil {
			b.Fatal(err)
		}
		if verdict != want {
			b.Fatalf("verdict %d, want %d", verdict, want)
		}
		all = append(all, took.Nanoseconds())
	}
	slices.Sort(all)
	return float64(all[len(all)/2])
}

// BenchmarkVMBMC is examples/bmc on single requests: instructions beyond those of
// a program that does nothing.
func BenchmarkVMBMC(b *testing.B) {
	testutil.VM(b)
	ext, empty := load(b, "bmc"), load(b, "empty")
	m, err := ext.Map("cache")
	if err != nil {
		b.Fatal(err)
	}
	udp := func(body string) []byte {
		return rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{SrcPort: 4000, DstPort: bmc.Port},
			rextest.Text("\x00\x01\x00\x00\x00\x01\x00\x00"+body))
	}
	key := "key:0123456789ab"
	for _, n := range []int{32, 1000} {
		k := fmt.Sprintf("%s%d", key, n)
		e := bmc.Entry{KeyLen: uint16(len(k))}
		e.Len = uint16(copy(e.Record[:], fmt.Sprintf("VALUE %s 0 %d\r\n%s\r\n", k, n, strings.Repeat("v", n))))
		raw := unsafe.Slice((*byte)(unsafe.Pointer(&e)), unsafe.Sizeof(e))
		if err := m.Update(bmc.Slot(k), raw, ebpf.UpdateAny); err != nil {
			b.Fatal(err)
		}
	}
	set := rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.TCP{SrcPort: 5000, DstPort: bmc.Port},
		rextest.Text("set "+key+" 0 0 32\r\n"+strings.Repeat("v", 32)+"\r\n"))
	nothing := single(b, empty, "Pass", udp("get x\r\n"), 2)
	for _, c := range []struct {
		name    string
		packet  []byte
		verdict uint32
	}{
		{"hit of 32 bytes", udp("get " + key + "32\r\n"), 3},
		{"hit of 1000 bytes", udp("get " + key + "1000\r\n"), 3},
		{"miss", udp("get " + key + "miss\r\n"), 2},
		{"SET of 32 bytes", set, 2},
		{"another packet", rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.TCP{DstPort: 80}), 2},
	} {
		b.Run(strings.ReplaceAll(c.name, " ", "_"), func(b *testing.B) {
			n := single(b, ext, "Ingress", c.packet, c.verdict) - nothing
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(n, "insns/run")
			fmt.Printf("# bmc: %s: %.0f instructions\n", c.name, n)
		})
	}
}
