// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package tracepoint

import "github.com/rex-go/rex/internal/sim"

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
	_ [0]func()
	_ [0]*T
	_ byte
}

func (c *Context[T]) state() *sim.TraceRecord { return sim.State[*sim.TraceRecord](c) }

// Record returns a copy of the record. What is not used of it is not copied.
func (c *Context[T]) Record() T { return c.state().Value.(T) }

// ReadDynamic copies the bytes that a __data_loc field refers to into dst and
// returns the part of dst that holds them. What does not fit is cut. The zero at
// the end of a string is included.
func (c *Context[T]) ReadDynamic(dst []byte, loc DataLoc) []byte {
	return dst[:copy(dst, c.state().Dynamic[uint32(loc)])]
}
