// SPDX-License-Identifier: Apache-2.0

//go:build rex

package kprobe

import (
	"unsafe"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/rt"
)

// SAFETY (all uses of unsafe in this file): c is the context that the kernel
// passed to the program, for nothing else makes one; m is a map variable's value.
// A nil one panics. The helper writes 8*len(dst) bytes, which dst has.

// StackID stores the stack at the probed function's entry in the table and
// returns its id. Equal stacks have the same id. It fails with rex.ErrFault when
// there is no such stack, rex.ErrExist when another stack has the place (see
// rex.ReplaceStack) and rex.ErrNoMemory when the table is full.
func (c *Context) StackID(m *rex.StackTrace, flags rex.StackFlags) (uint32, error) {
	r := rt.StackID(unsafe.Pointer(&c.head), rt.Handle(unsafe.Pointer(m)), uint64(flags))
	if r < 0 {
		return 0, rex.Errno(-r)
	}
	return uint32(r), nil
}

// Stack copies the stack at the probed function's entry into dst, innermost address
// first, and returns the part of dst that holds it; the rest of dst becomes zero.
// It fails with rex.ErrFault when there is no such stack.
func (c *Context) Stack(dst []uint64, flags rex.StackFlags) ([]uint64, error) {
	r := rt.StackCopy(unsafe.Pointer(&c.head), unsafe.Pointer(unsafe.SliceData(dst)), 8*len(dst), uint64(flags))
	if r < 0 {
		return dst[:0], rex.Errno(-r)
	}
	return dst[:r/8], nil
}

// StackID stores the stack at the probed function's return in the table and
// returns its id. Equal stacks have the same id. It fails with rex.ErrFault when
// there is no such stack, rex.ErrExist when another stack has the place (see
// rex.ReplaceStack) and rex.ErrNoMemory when the table is full.
func (c *ReturnContext) StackID(m *rex.StackTrace, flags rex.StackFlags) (uint32, error) {
	r := rt.StackID(unsafe.Pointer(&c.head), rt.Handle(unsafe.Pointer(m)), uint64(flags))
	if r < 0 {
		return 0, rex.Errno(-r)
	}
	return uint32(r), nil
}

// Stack copies the stack at the probed function's return into dst, innermost address
// first, and returns the part of dst that holds it; the rest of dst becomes zero.
// It fails with rex.ErrFault when there is no such stack.
func (c *ReturnContext) Stack(dst []uint64, flags rex.StackFlags) ([]uint64, error) {
	r := rt.StackCopy(unsafe.Pointer(&c.head), unsafe.Pointer(unsafe.SliceData(dst)), 8*len(dst), uint64(flags))
	if r < 0 {
		return dst[:0], rex.Errno(-r)
	}
	return dst[:r/8], nil
}
