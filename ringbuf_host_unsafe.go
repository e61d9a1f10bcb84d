// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/rex-go/rex/internal/sim"
)

// RingBuf is a buffer of records that programs on all CPUs write and user space
// reads in order (BPF_MAP_TYPE_RINGBUF), for example with package ringbuf of
// cilium/ebpf. Each record takes 8 bytes more than its size, rounded up to 8.
type RingBuf struct {
	_ [0]func()
	r *sim.Ring
}

// NewRingBuf makes a ring buffer of size bytes, which must be a constant power
// of two and a multiple of the page size, 4096. Call it only to initialise a
// package-level variable.
func NewRingBuf(size int) *RingBuf {
	if size < 4096 || size&(size-1) != 0 {
		panic(fmt.Sprintf("rex.NewRingBuf: size is %d, not a power of two from 4096 on", size))
	}
	announce("RingBuf")
	m := &RingBuf{r: sim.NewRing(size)}
	mirrorRing(m.r)
	sim.Rings.Store(m, m.r)
	return m
}

// Output writes one record that consists of b's bytes. It returns ErrAgain when
// there is no room.
func (m *RingBuf) Output(b []byte) error { return m.OutputFlags(b, 0) }

// OutputFlags is Output that says whether to wake up the reader. It returns
// ErrInvalid for other flags.
func (m *RingBuf) OutputFlags(b []byte, flags RingBufFlags) error {
	if flags&^(NoWakeup|ForceWakeup) != 0 {
		return ErrInvalid
	}
	if !m.r.Reserve(len(b)) {
		return ErrAgain
	}
	m.r.Submit(b, uint64(flags))
	return nil
}

// Record is a reserved record of a ring buffer: fill Value, then Submit. Each
// record is submitted or discarded once; again is a panic. Records that a
// program leaves behind, in whatever way it ends, are discarded.
type Record[T any] struct {
	// Value is what user space will read.
	Value  T
	handle *sim.Ring
	id     uint64
}

// Reserve reserves a record with the size of T, whose Value is zero. It returns
// nil when there is no room. T has no padding, so that user space sees nothing
// but what the program wrote.
//
//rex:noref T
//rex:exact T
func Reserve[T any](m *RingBuf) *Record[T] {
	t := reflect.TypeFor[T]()
	if bad := reference(t); bad != "" {
		panic(fmt.Sprintf("rex.Reserve: %s holds a reference: %s", t, bad))
	}
	if bad := unhashable(t); bad != "" {
		panic(fmt.Sprintf("rex.Reserve: %s has %s", t, bad))
	}
	r := &Record[T]{handle: m.r, id: sim.NextID()}
	if sim.HeldCount() >= sim.MaxHeld {
		panic(sim.RuntimeError("too many resources held"))
	}
	if !m.r.Reserve(int(unsafe.Sizeof(r.Value))) {
		return nil
	}
	sim.Hold(r.id, func() {})
	return r
}

// Submit hands the record to user space.
func (r *Record[T]) Submit() { r.SubmitFlags(0) }

// SubmitFlags is Submit that says whether to wake up the reader. Other flags mean
// nothing.
func (r *Record[T]) SubmitFlags(flags RingBufFlags) {
	if !sim.Drop(r.id) {
		panic(sim.RuntimeError("submit of a record that is not reserved"))
	}
	r.handle.Submit(keyBytes(&r.Value), uint64(flags))
}

// Discard gives the record back unread.
func (r *Record[T]) Discard() {
	if !sim.Drop(r.id) {
		panic(sim.RuntimeError("discard of a record that is not reserved"))
	}
}
