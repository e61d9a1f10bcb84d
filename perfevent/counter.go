// SPDX-License-Identifier: Apache-2.0

package perfevent

// Counter is the state of a perf event (struct bpf_perf_event_value).
type Counter struct {
	// Value is what was counted: nanoseconds for clocks, else events.
	Value uint64
	// Enabled and Running are for how many nanoseconds the event has been
	// enabled and, if it shares a hardware counter with others, counting.
	Enabled, Running uint64
}
