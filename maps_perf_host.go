// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"fmt"
	"reflect"

	"github.com/rex-go/rex/internal/sim"
)

// PerfEventArray is a buffer for each CPU of samples of type T that programs write
// and user space reads (BPF_MAP_TYPE_PERF_EVENT_ARRAY), with loader.Samples or
// package perf of cilium/ebpf. Programs write with the function Output of their
// context's package. While nobody reads, that fails with ErrNotExist. A RingBuf is
// simpler, in order across CPUs, and keeps records until there is a reader; perf
// event arrays are what many existing tools read.
type PerfEventArray[T any] struct {
	_ [0]func()
	_ [0]*T
	p *sim.PerfArray
}

// NewPerfEventArray makes a perf event array with an element for each possible CPU.
// Call it only to initialise a package-level variable.
//
//rex:noref T
//rex:exact T
func NewPerfEventArray[T any]() *PerfEventArray[T] {
	t := reflect.TypeFor[T]()
	if bad := reference(t); bad != "" {
		panic(fmt.Sprintf("rex.NewPerfEventArray: %s holds a reference: %s", t, bad))
	}
	if bad := unhashable(t); bad != "" {
		panic(fmt.Sprintf("rex.NewPerfEventArray: %s has %s", t, bad))
	}
	announce("PerfEventArray")
	m := &PerfEventArray[T]{p: sim.NewPerfArray()}
	m.p.AddMirror(int(t.Size()))
	sim.PerfArrays.Store(m, m.p)
	return m
}

// PerfCounters are perf events that count, one for each CPU, which user space
// opens (loader.OpenPerfCounters): hardware counters, for example
// (BPF_MAP_TYPE_PERF_EVENT_ARRAY).
type PerfCounters struct {
	_ [0]func()
	c *sim.PerfCounters
}

// NewPerfCounters makes an array with an element for each possible CPU. Call it
// only to initialise a package-level variable.
func NewPerfCounters() *PerfCounters {
	m := &PerfCounters{c: sim.NewPerfCounters()}
	sim.Counters.Store(m, m.c)
	return m
}

// Read reads the counter at an index, mostly CurrentCPU: counters of other CPUs
// cannot be read, which is ErrInvalid. It returns ErrNotExist when there is none and
// ErrTooBig when the index is out of range.
func (m *PerfCounters) Read(index uint32) (PerfCounter, error) {
	v, errno := m.c.Read(index)
	if errno != 0 {
		return PerfCounter{}, Errno(errno)
	}
	return PerfCounter{v[0], v[1], v[2]}, nil
}
