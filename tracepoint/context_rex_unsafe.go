// SPDX-License-Identifier: Apache-2.0

//go:build rex

package tracepoint

import (
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

// common is the size of struct trace_entry, the fields that all events have.
const common = 8

// Context is the trace record, whose fields are those of T. It is valid during the
// invocation it was passed to.
//
// T is a struct with the event's own fields, as the event's format file
// (/sys/kernel/tracing/events/CATEGORY/NAME/format) lists them below the fields
// that all events have: PrevPID or PrevPid stands for prev_pid, a tag
// `trace:"name"` gives the name otherwise; blank fields are padding, and fields
// at the end may be left out. Names, offsets and sizes are compared with the
// kernel's when the extension is loaded. A program that needs no fields has
// struct{}.
type Context[T any] struct {
	_    [0]func()
	_    [0]*T // contexts with different records cannot be converted
	head byte  // the first byte of the record
}

// Record returns a copy of the record. What is not used of it is not copied.
func (c *Context[T]) Record() T {
	// SAFETY: c is the trace record that the kernel passed to the program, for
	// nothing else makes a Context, and a nil one panics here. The first eight
	// bytes are the common fields (the loader checks it). That the rest is a
	// T, which holds no references, is checked by the loader against the
	// event's format and by the kernel against the stub's accesses when the
	// program is attached. The record's start is a multiple of eight.
	return *(*T)(unsafe.Add(unsafe.Pointer(&c.head), common))
}

// ReadDynamic copies the bytes that a __data_loc field refers to into dst and
// returns the part of dst that holds them. What does not fit is cut. The zero at
// the end of a string is included.
func (c *Context[T]) ReadDynamic(dst []byte, loc DataLoc) []byte {
	n := min(loc.Len(), len(dst))
	// SAFETY: the helper writes n bytes of dst, and checks the address: loc may
	// be any number, with the offset in its low half.
	addr := uint64(uintptr(unsafe.Pointer(&c.head))) + uint64(loc&0xffff)
	if rt.ProbeReadKernel(unsafe.Pointer(unsafe.SliceData(dst)), n, addr) != 0 {
		return dst[:0]
	}
	return dst[:n]
}
