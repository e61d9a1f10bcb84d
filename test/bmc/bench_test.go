// SPDX-License-Identifier: Apache-2.0

package bmc_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"github.com/rex-go/rex/examples/bmc"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/test/kit"
)

// step is a packet that one of the programs gets.
type step struct {
	name    string
	egress  bool
	packet  func(i uint16) []byte // of the i-th round
	verdict uint32
}

// BenchmarkVMBMC counts instructions of single packets, in the extension and in
// its twin in eBPF: what a run takes beyond that of an eBPF program that does
// nothing. Each round does what a client and a server could: an item is set, asked
// for, put into the cache, and asked for again.
func BenchmarkVMBMC(b *testing.B) {
	kit.Need(b)
	client, server := rextest.IPv4{}, rextest.IPv4{Src: rextest.DstIP4, Dst: rextest.SrcIP4}
	ask := func(body string) func(uint16) []byte {
		return func(i uint16) []byte {
			return rextest.Packet(rextest.Ethernet{}, client, rextest.UDP{SrcPort: 4000, DstPort: bmc.Port},
				rextest.Payload{byte(i >> 8), byte(i), 0, 0, 0, 1, 0, 0}, rextest.Text(body))
		}
	}
	answer := func(body string) func(uint16) []byte {
		return func(i uint16) []byte {
			return rextest.Packet(rextest.Ethernet{}, server, rextest.UDP{SrcPort: bmc.Port, DstPort: 4000},
				rextest.Payload{byte(i >> 8), byte(i), 0, 0, 0, 1, 0, 0}, rextest.Text(body))
		}
	}
	tell := func(body string) func(uint16) []byte {
		return func(i uint16) []byte {
			return rextest.Packet(rextest.Ethernet{}, client, rextest.TCP{SrcPort: 5000, DstPort: bmc.Port, Seq: uint32(i), Flags: packet.TCPAck}, rextest.Text(body))
		}
	}
	stored := func(uint16) []byte {
		return rextest.Packet(rextest.Ethernet{}, server, rextest.TCP{SrcPort: bmc.Port, DstPort: 5000, Flags: packet.TCPAck}, rextest.Text("STORED\r\n"))
	}
	item := func(key string, n int) []step {
		set := fmt.Sprintf("set %s 0 0 %d\r\n%s\r\n", key, n, strings.Repeat("v", n))
		record := fmt.Sprintf("VALUE %s 0 %d\r\n%s\r\n", key, n, strings.Repeat("v", n))
		size := fmt.Sprintf(", %d bytes", n)
		return []step{
			{"SET" + size, false, tell(set), 2},
			{"its answer", true, stored, 1<<32 - 1},
			{"GET, miss", false, ask("get " + key + "\r\n"), 2},
			{"its answer" + size, true, answer(record + "END\r\n"), 1<<32 - 1},
			{"GET, hit" + size, false, ask("get " + key + "\r\n"), 3},
		}
	}
	steps := item("key:0123456789abcdef", 32)
	long := item("key:0123456789abcdefg", 1000)
	for i := range long[:3] {
		long[i].name = "" // as above
	}
	steps = append(steps, long...)
	steps = append(steps,
		step{"GET of two keys, hit", false, ask("get key:0123456789abcdef key:0123456789abcdef\r\n"), 3},
		step{"other packets", false, func(uint16) []byte {
			return rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.TCP{DstPort: 80})
		}, 2})

	// What a run takes without a program's work.
	nothing := map[bool]*ebpf.Program{}
	for egress, typ := range map[bool]ebpf.ProgramType{false: ebpf.XDP, true: ebpf.SchedCLS} {
		p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: typ, License: "GPL", Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()}})
		if err != nil {
			b.Fatal(err)
		}
		defer p.Close()
		nothing[egress] = p
	}
	cost := func(b *testing.B, p *ebpf.Program, s step, i uint16, verdict uint32) int64 {
		got, took, err := p.Benchmark(s.packet(i), 1, nil)
		if err != nil {
			b.Fatalf("%s: %v", s.name, err)
		}
		if got != verdict {
			b.Fatalf("%s, round %d: verdict %d, want %d", s.name, i, got, verdict)
		}
		return took.Nanoseconds()
	}
	measure := func(b *testing.B, e *engine) []int64 {
		var all [][]int64
		for range steps {
			all = append(all, nil)
		}
		for i := range uint16(151) {
			for n, s := range steps {
				p := e.ingress
				if s.egress {
					p = e.egress
				}
				base := cost(b, nothing[s.egress], s, i, 2)
				all[n] = append(all[n], cost(b, p, s, i, s.verdict)-base)
			}
		}
		var medians []int64
		for _, list := range all {
			slices.Sort(list)
			medians = append(medians, list[len(list)/2])
		}
		return medians
	}
	results := map[string][]int64{}
	for name, load := range map[string]func(testing.TB) *engine{"ebpf": twin, "rex": ours} {
		b.Run(name, func(b *testing.B) {
			results[name] = measure(b, load(b))
			b.ReportMetric(0, "ns/op")
			for i, s := range steps {
				if s.name != "" {
					b.ReportMetric(float64(results[name][i]), strings.NewReplacer(", ", "-", " ", "-").Replace(s.name)+"-insns")
				}
			}
		})
	}
	if len(results) < 2 {
		return // -bench chose one
	}
	fmt.Println("# bmc: packet                    eBPF    rex  eBPF/rex")
	for i, s := range steps {
		if s.name != "" {
			e, r := results["ebpf"][i], results["rex"][i]
			fmt.Printf("# bmc: %-24s  %5d  %5d  %8.2f\n", s.name, e, r, float64(e)/float64(r))
		}
	}
}
