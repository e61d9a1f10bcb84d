// SPDX-License-Identifier: Apache-2.0

// Package parity_test runs each operation of the SDK on the host
// implementation and in the kernel, and compares results, errors and panics.
//
// The scenarios are programs of the extensions in testdata, which read what they
// are to do from maps or from the packet:
//
//	ops     operations of maps, locks, ring buffers, tasks, one a step
//	kinds   loops, kept pointers, full and nil maps of every kind
//	moves   calls of xdp and tc that change a packet
//	fields  what tc reads and writes of a packet besides
//	values  clocks, tasks, memory, structs of the kernel, logs, routes, package packet
//	probed  kprobes, tracepoints and perf events
//
// On the host what they do is compared with tables in this package or with a file
// in golden; in the guest of a rex vm, with the host implementation. TestComplete
// sees to it that they leave no operation out.
package parity_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/parity/testdata/ops"
	"github.com/rex-go/rex/xdp"
)

// step is one operation and what is known of its outcome without running it.
type step struct {
	op, m  byte
	bits   byte
	key    uint32
	value  uint64
	err    uint32
	flag   uint32
	result uint64
}

func (s step) String() string {
	return fmt.Sprintf("op %d map %d bits %d key %#x value %d: error %d flag %d result %#x", s.op, s.m, s.bits, s.key, s.value, s.err, s.flag, s.result)
}

// script makes a packet of steps.
func script(steps []step) []byte {
	var pkt []byte
	for _, s := range steps {
		pkt = append(pkt, s.op, s.m, s.bits, 0)
		pkt = binary.LittleEndian.AppendUint32(pkt, s.key)
		pkt = binary.LittleEndian.AppendUint64(pkt, s.value)
		pkt = append(pkt, make([]byte, ops.Size-16)...)
	}
	return pkt
}

// decode reads the steps back, with their results.
func decode(pkt []byte) []step {
	var steps []step
	for ; len(pkt) >= ops.Size; pkt = pkt[ops.Size:] {
		le := binary.LittleEndian
		steps = append(steps, step{
			op: pkt[0], m: pkt[1], bits: pkt[2], key: le.Uint32(pkt[4:]), value: le.Uint64(pkt[8:]),
			err: le.Uint32(pkt[16:]), flag: le.Uint32(pkt[20:]), result: le.Uint64(pkt[24:]),
		})
	}
	return steps
}

// outcome is what became of a packet.
type outcome struct {
	verdict xdp.Action
	packet  []byte
	// panic is the panic's message as Go prints it, empty when there was
	// none.
	panic string
	// records are what the ring buffer had for user space.
	records [][]byte
	// samples are what the perf event array had.
	samples [][]byte
}

// onHost runs a packet on the host implementation.
func onHost(t *testing.T, pkt []byte) (out outcome) {
	t.Helper()
	prepareHost(t)
	defer func() {
		if v := recover(); v != nil {
			out = outcome{verdict: xdp.Pass, panic: "panic: " + fmt.Sprint(v)}
		}
		out.records = rextest.Records(ops.Events)
		out.samples = hostSamples(t, ops.Samples)
	}()
	out.verdict, out.packet = rextest.RunXDP(t, ops.Run, pkt)
	return out
}

// TestHost compares the host implementation with the table.
func TestHost(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			rextest.Reset(t)
			got := onHost(t, script(c.steps))
			if c.panic != "" {
				if !strings.Contains(got.panic, c.panic) {
					t.Errorf("panic %q, want %q", got.panic, c.panic)
				}
				return
			}
			if got.panic != "" {
				t.Fatal(got.panic)
			}
			for i, s := range decode(got.packet) {
				if s != c.steps[i] {
					t.Errorf("step %d:\n got %v\nwant %v", i, s, c.steps[i])
				}
			}
		})
	}
}

// TestVMParity compares the kernel with the host implementation.
func TestVMParity(t *testing.T) {
	kit.Need(t)
	ext := kit.Load(t, "ops", loader.Options{})
	samples := prepareKernel(t, ext)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			rextest.Reset(t)
			pkt := script(c.steps)
			want, got := onHost(t, pkt), inKernel(t, ext, samples, pkt)
			if got.verdict != want.verdict || got.panic != want.panic {
				t.Errorf("kernel: %v, %q; host: %v, %q", got.verdict, got.panic, want.verdict, want.panic)
			}
			if fmt.Sprint(got.records) != fmt.Sprint(want.records) {
				t.Errorf("records in the kernel: %v, on the host: %v", got.records, want.records)
			}
			if !sameSamples(got.samples, want.samples) {
				t.Errorf("samples in the kernel: %v, on the host: %v", got.samples, want.samples)
			}
			if want.panic != "" || bytes.Equal(got.packet, want.packet) {
				return
			}
			host := decode(want.packet)
			for i, s := range decode(got.packet) {
				if s != host[i] {
					t.Errorf("step %d:\nkernel %v\n  host %v", i, s, host[i])
				}
			}
		})
	}
}
