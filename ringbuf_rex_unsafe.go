// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rex

import (
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

// RingBuf is a buffer of records that programs on all CPUs write and user space
// reads in order (BPF_MAP_TYPE_RINGBUF), for example with package ringbuf of
// cilium/ebpf. Each record takes 8 bytes more than its size, rounded up to 8.
type RingBuf struct{ opaque }

// NewRingBuf makes a ring buffer of size bytes, which must be a constant power
// of two and a multiple of the page size, 4096. Call it only to initialise a
// package-level variable.
func NewRingBuf(size int) *RingBuf { panic(errConstructor) }

// Output writes one record that consists of b's bytes. It returns ErrAgain when
// there is no room.
func (m *RingBuf) Output(b []byte) error { return m.OutputFlags(b, 0) }

// OutputFlags is Output that says whether to wake up the reader. It returns
// ErrInvalid for other flags.
func (m *RingBuf) OutputFlags(b []byte, flags RingBufFlags) error {
	// SAFETY: pointer and length are those of one slice; the helper copies
	// the bytes. For m see maps_rex_unsafe.go.
	return result(rt.RingbufOutput(unsafe.Pointer(&m.opaque), unsafe.Pointer(unsafe.SliceData(b)), uintptr(len(b)), uint64(flags)))
}

// Record is a reserved record of a ring buffer: fill Value, then Submit. Each
// record is submitted or discarded once; again is a panic. Records that a
// program leaves behind, in whatever way it ends, are discarded.
type Record[T any] struct {
	// Value is what user space will read.
	Value  T
	handle uint64
}

// Reserve reserves a record with the size of T, whose Value is zero. It returns
// nil when there is no room. T has no padding, so that user space sees nothing
// but what the program wrote.
//
//rex:noref T
//rex:exact T
func Reserve[T any](m *RingBuf) *Record[T] {
	var t T
	// SAFETY: for m see maps_rex_unsafe.go. The kernel's memory is not seen
	// here: Value is memory of this invocation.
	h := rt.RingbufReserve(unsafe.Pointer(&m.opaque), unsafe.Sizeof(t))
	if h == 0 {
		return nil
	}
	return &Record[T]{handle: h}
}

// Submit hands the record to user space.
func (r *Record[T]) Submit() { r.SubmitFlags(0) }

// SubmitFlags is Submit that says whether to wake up the reader. Other flags mean
// nothing.
func (r *Record[T]) SubmitFlags(flags RingBufFlags) {
	// SAFETY: the helper copies Sizeof(Value) bytes from Value, after it has
	// made sure that the handle is a reservation of that size that this
	// invocation holds: it may stem from a copy of *r.
	rt.RingbufSubmit(r.handle, unsafe.Pointer(&r.Value), unsafe.Sizeof(r.Value), uint64(flags))
}

// Discard gives the record back unread.
func (r *Record[T]) Discard() { rt.RingbufDiscard(r.handle) }
