// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rex

import (
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

// PerfEventArray is a buffer for each CPU of samples of type T that programs write
// and user space reads (BPF_MAP_TYPE_PERF_EVENT_ARRAY), with loader.Samples or
// package perf of cilium/ebpf. Programs write with the function Output of their
// context's package. While nobody reads, that fails with ErrNotExist. A RingBuf is
// simpler, in order across CPUs, and keeps records until there is a reader; perf
// event arrays are what many existing tools read.
type PerfEventArray[T any] struct{ opaque }

// NewPerfEventArray makes a perf event array with an element for each possible CPU.
// Call it only to initialise a package-level variable.
//
//rex:noref T
//rex:exact T
func NewPerfEventArray[T any]() *PerfEventArray[T] { panic(errConstructor) }

// PerfCounters are perf events that count, one for each CPU, which user space
// opens (loader.OpenPerfCounters): hardware counters, for example
// (BPF_MAP_TYPE_PERF_EVENT_ARRAY).
type PerfCounters struct{ opaque }

// NewPerfCounters makes an array with an element for each possible CPU. Call it
// only to initialise a package-level variable.
func NewPerfCounters() *PerfCounters { panic(errConstructor) }

// Read reads the counter at an index, mostly CurrentCPU: counters of other CPUs
// cannot be read, which is ErrInvalid. It returns ErrNotExist when there is none and
// ErrTooBig when the index is out of range.
func (m *PerfCounters) Read(index uint32) (PerfCounter, error) {
	var c PerfCounter
	// SAFETY: the helper writes three uint64, which c is. For m see
	// maps_rex_unsafe.go.
	err := result(rt.PerfRead(unsafe.Pointer(&m.opaque), uint64(index), unsafe.Pointer(&c)))
	return c, err
}
