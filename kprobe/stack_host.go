// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package kprobe

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
)

// StackID stores the stack at the probed function's entry in the table and
// returns its id. Equal stacks have the same id. It fails with rex.ErrFault when
// there is no such stack, rex.ErrExist when another stack has the place (see
// rex.ReplaceStack) and rex.ErrNoMemory when the table is full.
func (c *Context) StackID(m *rex.StackTrace, flags rex.StackFlags) (uint32, error) {
	sim.State[any](c) // a nil context, or one of another invocation, panics
	id, errno := sim.StackID(m, uint64(flags))
	if errno != 0 {
		return 0, rex.Errno(errno)
	}
	return id, nil
}

// Stack copies the stack at the probed function's entry into dst, innermost address
// first, and returns the part of dst that holds it; the rest of dst becomes zero.
// It fails with rex.ErrFault when there is no such stack.
func (c *Context) Stack(dst []uint64, flags rex.StackFlags) ([]uint64, error) {
	sim.State[any](c) // a nil context, or one of another invocation, panics
	n, errno := sim.Stack(dst, uint64(flags))
	if errno != 0 {
		return dst[:0], rex.Errno(errno)
	}
	return dst[:n], nil
}

// StackID stores the stack at the probed function's return in the table and
// returns its id. Equal stacks have the same id. It fails with rex.ErrFault when
// there is no such stack, rex.ErrExist when another stack has the place (see
// rex.ReplaceStack) and rex.ErrNoMemory when the table is full.
func (c *ReturnContext) StackID(m *rex.StackTrace, flags rex.StackFlags) (uint32, error) {
	sim.State[any](c) // a nil context, or one of another invocation, panics
	id, errno := sim.StackID(m, uint64(flags))
	if errno != 0 {
		return 0, rex.Errno(errno)
	}
	return id, nil
}

// Stack copies the stack at the probed function's return into dst, innermost address
// first, and returns the part of dst that holds it; the rest of dst becomes zero.
// It fails with rex.ErrFault when there is no such stack.
func (c *ReturnContext) Stack(dst []uint64, flags rex.StackFlags) ([]uint64, error) {
	sim.State[any](c) // a nil context, or one of another invocation, panics
	n, errno := sim.Stack(dst, uint64(flags))
	if errno != 0 {
		return dst[:0], rex.Errno(errno)
	}
	return dst[:n], nil
}
