// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
)

// NumCPU is how many CPUs the simulated machine has.
const NumCPU = sim.NumCPU

// OnCPU runs f as if a program ran on a CPU below NumCPU: rex.CPU and per-CPU
// maps see that CPU. f must run no program and not call OnCPU or Values.
func OnCPU(cpu uint32, f func()) {
	if cpu >= NumCPU {
		panic(fmt.Sprintf("rextest.OnCPU: cpu %d of %d", cpu, NumCPU))
	}
	sim.Run(cpu, f)
}

// Reader is a map that can be looked up with keys of type K.
type Reader[K, V any] interface{ Lookup(K) *V }

// Values returns a copy of what each CPU sees under a key, as user space reads
// a per-CPU map, or nil when there is no such entry. The entry of a shared map is
// read with the map's own Lookup.
func Values[K, V any](m Reader[K, V], key K) []V {
	var vs []V
	for cpu := range uint32(NumCPU) {
		OnCPU(cpu, func() {
			if p := m.Lookup(key); p != nil {
				vs = append(vs, *p)
			}
		})
	}
	return vs
}

// Reset puts every map of the process into the state just after load, now and
// again when the test ends. Package-level variables that are not maps keep
// their values.
func Reset(t testing.TB) {
	t.Helper()
	sim.Reset()
	t.Cleanup(sim.Reset)
}

// SetClock makes rex.MonotonicNanos return what now returns until the test
// ends.
func SetClock(t testing.TB, now func() uint64) {
	t.Helper()
	simulated(t, "SetClock")
	old := sim.SetClock(now)
	t.Cleanup(func() { sim.SetClock(old) })
}

// LogRecord is what a program logged.
type LogRecord struct {
	Level rex.Level
	Msg   string
}

// Logs collects what programs log.
type Logs struct {
	mu      sync.Mutex
	records []LogRecord
}

// CaptureLogs collects what programs log until the test ends. Without it
// records are discarded.
func CaptureLogs(t testing.TB) *Logs {
	t.Helper()
	l := new(Logs)
	old := sim.SetSink(func(r sim.Record) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.records = append(l.records, LogRecord{rex.Level(r.Level), r.Msg})
	})
	t.Cleanup(func() { sim.SetSink(old) })
	return l
}

// Records returns the records so far, oldest first.
func (l *Logs) Records() []LogRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]LogRecord(nil), l.records...)
}
