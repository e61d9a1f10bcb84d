// SPDX-License-Identifier: Apache-2.0

// Package kprobe is for programs that run when the kernel enters a function, or
// returns from one:
//
//	//rex:kprobe do_unlinkat
//	func Unlink(ctx *kprobe.Context) kprobe.Action
//
//	//rex:kretprobe do_unlinkat
//	func Unlinked(ctx *kprobe.ReturnContext) kprobe.Action
//
// They may run in any context, hardware interrupts included. A probe that is hit
// while another kprobe, tracepoint or perf event program runs on the same CPU is
// skipped by the kernel.
package kprobe

// Action is a probe's verdict.
type Action uint32

// Continue lets the probed function run. It is the default verdict.
const Continue Action = 0

// String returns the constant's name.
func (a Action) String() string {
	if a == Continue {
		return "Continue"
	}
	return "Action(invalid)"
}

// syscallArg returns the offset of the register in struct pt_regs that holds a
// system call's i-th argument.
func syscallArg(i int) uint64 {
	switch i {
	case 0:
		return 14 * 8 // rdi
	case 1:
		return 13 * 8 // rsi
	case 2:
		return 12 * 8 // rdx
	case 3:
		return 7 * 8 // r10
	case 4:
		return 9 * 8 // r8
	case 5:
		return 8 * 8 // r9
	}
	panic("kprobe: argument index out of range")
}
