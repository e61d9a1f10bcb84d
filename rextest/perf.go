// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
)

// PerfSample is a sample that a program wrote to a perf event array.
type PerfSample[T any] struct {
	CPU   uint32
	Value T
	// Packet is what stands behind Value (OutputPacket). In a kernel (VM) up to
	// seven bytes of any value follow, as for every reader of a perf event array;
	// fewer than eight in all are none.
	Packet []byte
}

// PerfSamples reads a perf event array as user space does: it returns the samples
// since it was last read, oldest first.
func PerfSamples[T any](t testing.TB, m *rex.PerfEventArray[T]) []PerfSample[T] {
	t.Helper()
	p, ok := sim.PerfArrays.Load(m)
	if !ok {
		return nil
	}
	var all []PerfSample[T]
	for _, raw := range p.(*sim.PerfArray).Read() {
		s := PerfSample[T]{CPU: raw.CPU, Packet: raw.Packet}
		if err := binary.Read(bytes.NewReader(raw.Data), binary.LittleEndian, &s.Value); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// SetPerfCounter opens the counter of a CPU and sets it.
func SetPerfCounter(m *rex.PerfCounters, cpu uint32, c rex.PerfCounter) {
	if inKernel() {
		pretended = "SetPerfCounter"
	}
	if v, ok := sim.Counters.Load(m); ok {
		v.(*sim.PerfCounters).Set(cpu, [3]uint64{c.Value, c.Enabled, c.Running})
	}
}
