// SPDX-License-Identifier: Apache-2.0

package rex

// Registers are the CPU's at the point where a program was called: the kernel's
// struct pt_regs on x86-64.
type Registers struct {
	R15, R14, R13, R12, RBP, RBX uint64
	R11, R10, R9, R8             uint64
	RAX, RCX, RDX, RSI, RDI      uint64
	OrigRAX                      uint64
	RIP, CS, RFLAGS, RSP, SS     uint64
}
