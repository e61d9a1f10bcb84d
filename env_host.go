// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import "github.com/rex-go/rex/internal/sim"

// maxMessage is abi.MaxMessage: what an event record has room for.
const maxMessage = 168

// Log writes a record that reaches user space as an event, with the program's
// name, CPU and time. It never blocks; records that find no room are counted
// and dropped. Text beyond 168 bytes is cut.
func Log(level Level, msg string) {
	sim.Log(uint32(level), msg[:min(len(msg), maxMessage)])
}

// MonotonicNanos returns the nanoseconds since boot without time spent in
// suspend (CLOCK_MONOTONIC). It may be called in every context.
func MonotonicNanos() uint64 { return sim.Now() }

// CPU returns the number of the CPU the program runs on, which does not change
// during an invocation.
func CPU() uint32 { return sim.CPU() }
