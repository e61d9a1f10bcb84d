/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's mitigation thunks, without the mitigation. */
	.text
	.globl __x86_return_thunk
__x86_return_thunk:
	ret
	.irp reg, rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	.globl __x86_indirect_thunk_\reg
__x86_indirect_thunk_\reg:
	jmp *%\reg
	.endr
	.section .note.GNU-stack,"",@progbits
