// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rex

import (
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

// Log writes a record that reaches user space as an event, with the program's
// name, CPU and time. It never blocks; records that find no room are counted
// and dropped. Text beyond 168 bytes is cut.
func Log(level Level, msg string) {
	// SAFETY: pointer and length are those of one string; the helper copies
	// the bytes and keeps nothing.
	rt.Log(uint32(level), unsafe.Pointer(unsafe.StringData(msg)), len(msg))
}

// MonotonicNanos returns the nanoseconds since boot without time spent in
// suspend (CLOCK_MONOTONIC). It may be called in every context.
func MonotonicNanos() uint64 { return rt.KtimeGetNS() }

// CPU returns the number of the CPU the program runs on, which does not change
// during an invocation.
func CPU() uint32 { return rt.SMPProcessorID() }
