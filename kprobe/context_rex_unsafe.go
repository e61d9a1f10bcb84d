// SPDX-License-Identifier: Apache-2.0

//go:build rex

package kprobe

import (
	"unsafe"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/rt"
)

// Context is the probed function's registers on entry: the kernel's struct
// pt_regs. It is valid during the invocation it was passed to.
type Context struct {
	_    [0]func()
	head byte // the first byte of the struct pt_regs
}

// ReturnContext is the registers when the probed function has returned: the
// kernel's struct pt_regs. It is valid during the invocation it was passed to.
type ReturnContext struct {
	_    [0]func()
	head byte // the first byte of the struct pt_regs
}

// SAFETY (all uses of unsafe in this file): c is the struct pt_regs that the
// kernel passed to the program, for nothing else makes a context, and a nil one
// panics where its head's address is taken. rex.Registers is that struct, whose
// layout is fixed by the user-space ABI (arch/x86/include/uapi/asm/ptrace.h).

func (c *Context) regs() *rex.Registers { return (*rex.Registers)(unsafe.Pointer(&c.head)) }

func (c *ReturnContext) regs() *rex.Registers { return (*rex.Registers)(unsafe.Pointer(&c.head)) }

// Registers returns a copy of the registers.
func (c *Context) Registers() rex.Registers { return *c.regs() }

// Arg returns the i-th argument of the probed function, from 0, if it is one of
// the first six and an integer or a pointer. The bits beyond the parameter's
// size are undefined: convert the result to the parameter's type. Arg panics for
// other i.
func (c *Context) Arg(i int) uint64 {
	r := c.regs()
	switch i {
	case 0:
		return r.RDI
	case 1:
		return r.RSI
	case 2:
		return r.RDX
	case 3:
		return r.RCX
	case 4:
		return r.R8
	case 5:
		return r.R9
	}
	panic("kprobe: argument index out of range")
}

// SyscallArg returns the i-th argument of a system call, from 0 to 5, on a probe
// of the system call's entry point (__x64_sys_NAME), whose only parameter is the
// user's registers. It is false on other functions, unless by chance their first
// argument is a readable address. SyscallArg panics for other i.
func (c *Context) SyscallArg(i int) (uint64, bool) {
	var v uint64
	// The helper writes the eight bytes of v.
	err := rt.ProbeReadKernel(unsafe.Pointer(&v), 8, c.regs().RDI+syscallArg(i))
	return v, err == 0
}

// IP returns the address of an instruction at or directly after the probed
// function's start.
func (c *Context) IP() uint64 { return c.regs().RIP }

// SP returns the stack pointer. The return address is there.
func (c *Context) SP() uint64 { return c.regs().RSP }

// OverrideReturn makes the probed function return v at once, without running. It
// works at the entry of a system call (__x64_sys_NAME), whose results are a
// negative errno or the value; elsewhere, and when another program has done it
// already, the error is rex.ErrNotPermitted and nothing happens.
func (c *Context) OverrideReturn(v uint64) error {
	if rt.OverrideReturn(unsafe.Pointer(c.regs()), v) != 0 {
		return rex.ErrNotPermitted
	}
	return nil
}

// Registers returns a copy of the registers. Those that hold arguments on entry
// have been used for other things since.
func (c *ReturnContext) Registers() rex.Registers { return *c.regs() }

// Return returns what the function returned. The bits beyond the result's size
// are undefined: convert it to the result's type.
func (c *ReturnContext) Return() uint64 { return c.regs().RAX }

// IP returns the address that the function returns to.
func (c *ReturnContext) IP() uint64 { return c.regs().RIP }

// SP returns the stack pointer.
func (c *ReturnContext) SP() uint64 { return c.regs().RSP }
