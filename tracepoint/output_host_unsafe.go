// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package tracepoint

import (
	"unsafe"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
)

// Output writes v as a sample to the element of m at an index, mostly
// rex.CurrentCPU: the buffers of other CPUs cannot be written to, which is
// rex.ErrOpNotSupported. It returns rex.ErrNotExist when nobody reads,
// rex.ErrNoSpace when the reader is too slow, and rex.ErrTooBig when the index is
// out of range.
//
//rex:noref T
//rex:exact T
func Output[R, T any](ctx *Context[R], m *rex.PerfEventArray[T], index uint32, v T) error {
	ctx.state() // a nil context, or one of another invocation, panics
	// SAFETY: the bytes of v, which has no padding and holds no references.
	b := unsafe.Slice((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v))
	if errno := sim.PerfOutput(m, index, b, nil, 0); errno != 0 {
		return rex.Errno(errno)
	}
	return nil
}
