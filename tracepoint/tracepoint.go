// SPDX-License-Identifier: Apache-2.0

// Package tracepoint is for programs that run at the kernel's static trace
// points:
//
//	type OpenAt struct {
//		_        [8]byte // __syscall_nr and padding
//		Dfd      int64
//		Filename uint64
//	}
//
//	//rex:tracepoint syscalls/sys_enter_openat
//	func Open(ctx *tracepoint.Context[OpenAt]) tracepoint.Action
//
// They may run in any context. An event that happens while another kprobe,
// tracepoint or perf event program runs on the same CPU is skipped by the
// kernel.
package tracepoint

// Action is a tracepoint program's verdict: what becomes of the record for
// other readers of the same trace event.
type Action uint32

const (
	// Discard keeps the record from perf readers of the event.
	Discard Action = 0
	// Keep hands the record on. It is the default verdict.
	Keep Action = 1
)

// String returns the constant's name.
func (a Action) String() string {
	switch a {
	case Discard:
		return "Discard"
	case Keep:
		return "Keep"
	}
	return "Action(invalid)"
}
