// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rex

import "github.com/rex-go/rex/internal/rt"

// MonotonicNanos returns the nanoseconds since boot without time spent in
// suspend (CLOCK_MONOTONIC). It may be called in every context.
func MonotonicNanos() uint64 { return rt.KtimeGetNS() }

// CPU returns the number of the CPU the program runs on, which does not change
// during an invocation.
func CPU() uint32 { return rt.SMPProcessorID() }
