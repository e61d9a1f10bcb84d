// SPDX-License-Identifier: Apache-2.0

package rex

// CurrentCPU, as an index of a PerfEventArray or PerfCounters, is the number of
// the CPU that the program runs on.
const CurrentCPU = 1<<32 - 1

// PerfCounter is the state of a perf event (struct bpf_perf_event_value).
type PerfCounter struct {
	// Value is what was counted: nanoseconds for clocks, else events.
	Value uint64
	// Enabled and Running are for how many nanoseconds the event has been
	// enabled and, if it shares a hardware counter with others, counting.
	Enabled, Running uint64
}
