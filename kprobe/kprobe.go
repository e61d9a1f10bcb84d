// SPDX-License-Identifier: Apache-2.0

// Package kprobe is for programs that run when the kernel enters a function:
//
//	//rex:kprobe do_unlinkat
//	func Unlink(ctx *kprobe.Context) kprobe.Action
//
// They may run in any context, hardware interrupts included.
package kprobe

// Context is the probed function's registers on entry: the kernel's struct
// pt_regs. It is valid during the invocation it was passed to.
type Context struct {
	_ [0]func()
	_ byte
}

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
