// SPDX-License-Identifier: Apache-2.0

//go:build rex

package tc

import (
	"unsafe"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/rt"
)

// SAFETY (all uses of unsafe in this file): ctx is the context that the kernel
// passed to the program, for nothing else makes one; m is a map variable's value.
// A nil one panics. The helper reads Sizeof(T) bytes of v, which has no padding.

// Output writes v as a sample to the element of m at an index, mostly
// rex.CurrentCPU: the buffers of other CPUs cannot be written to, which is
// rex.ErrOpNotSupported. It returns rex.ErrNotExist when nobody reads,
// rex.ErrNoSpace when the reader is too slow, and rex.ErrTooBig when the index is
// out of range.
//
//rex:noref T
//rex:exact T
func Output[T any](ctx *Context, m *rex.PerfEventArray[T], index uint32, v T) error {
	if r := rt.PerfOutput(rt.Handle(unsafe.Pointer(ctx)), rt.Handle(unsafe.Pointer(m)), uint64(index), unsafe.Pointer(&v), unsafe.Sizeof(v)); r != 0 {
		return rex.Errno(-r)
	}
	return nil
}

// OutputPacket is Output with the first n bytes of the packet behind v. It returns
// rex.ErrFault when the packet is shorter, and rex.ErrTooBig when the sample is
// larger than 60 KiB.
//
//rex:noref T
//rex:exact T
func OutputPacket[T any](ctx *Context, m *rex.PerfEventArray[T], index uint32, v T, n int) error {
	if n < 0 || n > maxSample {
		return rex.ErrTooBig
	}
	if r := rt.PerfOutput(rt.Handle(unsafe.Pointer(ctx)), rt.Handle(unsafe.Pointer(m)), uint64(index)|uint64(n)<<32, unsafe.Pointer(&v), unsafe.Sizeof(v)); r != 0 {
		return rex.Errno(-r)
	}
	return nil
}
