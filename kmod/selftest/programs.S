/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs as the compiler and the linker would make them, for dispatch.c.
 * Between selftest_text and selftest_text_end they are "the extension's text";
 * the trampolines stand outside of it.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/nospec-branch.h>
#include <asm/percpu.h>

#include "rex_abi_asm.h"
#include "rex_asm.h"

#define POISON 0x5a5a5a5a

	.text

.macro PROGRAM name, enter=rex_enter, body
SYM_START(selftest_\name, SYM_L_GLOBAL, SYM_F_ALIGN)
	endbr64
	lea	selftest_progs + REX_PROG_DESC_SIZEOF * SELFTEST_\name(%rip), %rsi
	call	\enter
	.ifb \body
	call	.Lprog_\name
	.else
	call	.Lprog_\body
	.endif
	jmp	rex_leave
SYM_FUNC_END(selftest_\name)
STACK_FRAME_NON_STANDARD selftest_\name
.endm

	.set	SELFTEST_return, 0
	.set	SELFTEST_panic, 1
	.set	SELFTEST_spin, 2
	.set	SELFTEST_poll, 3
	.set	SELFTEST_work, 4
	.set	SELFTEST_hold, 5
	.set	SELFTEST_holdpanic, 6
	.set	SELFTEST_pollfast, 7
	.set	SELFTEST_level0, 8
	.set	SELFTEST_level1, 9
	.set	SELFTEST_level2, 10
	.set	SELFTEST_level3, 11
	.set	SELFTEST_level4, 12
	.set	SELFTEST_storm, 13
	.set	SELFTEST_gust, 14

	PROGRAM return, rex_enter_plain
	PROGRAM panic, rex_enter_plain
	PROGRAM spin
	PROGRAM poll, rex_enter_irq
	PROGRAM work, rex_enter_irq
	PROGRAM hold
	PROGRAM holdpanic
	PROGRAM pollfast, rex_enter, poll
	PROGRAM level0, rex_enter_irq
	PROGRAM level1, rex_enter
	PROGRAM level2, rex_enter_irq
	PROGRAM level3, rex_enter_irq
	PROGRAM level4, rex_enter_irq
	PROGRAM storm
	PROGRAM gust, rex_enter_irq

/* What a program that ends early leaves behind. */
.macro CLOBBER
	mov	$POISON, %ebx
	mov	$POISON, %r12d
	mov	$POISON, %r13d
	mov	$POISON, %r14d
	mov	$POISON, %r15d
.endm

SYM_START(selftest_text, SYM_L_GLOBAL, SYM_F_ALIGN)
	ANNOTATE_NOENDBR
/* Verdict 2, or 3 when the stack is not aligned as the ABI wants. */
.Lprog_return:
	push	%rbp
	mov	%rsp, %rbp
	mov	%esp, %eax
	and	$15, %eax
	cmp	$1, %eax
	mov	$3, %eax
	sbb	$0, %eax
	pop	%rbp
	RET

.Lprog_panic:
	push	%rbp
	mov	%rsp, %rbp
	CLOBBER
	call	.Linner
	ud2
.Linner:
	push	%rbp
	mov	%rsp, %rbp
	mov	$1, %edi		/* index out of range: 7, length 5 */
	mov	$7, %esi
	mov	$5, %edx
	call	rex_panic
	ud2

.Lprog_spin:
	push	%rbp
	mov	%rsp, %rbp
	CLOBBER
1:	pause
	jmp	1b

/* Nearly always outside of the text. */
.Lprog_poll:
	push	%rbp
	mov	%rsp, %rbp
	CLOBBER
1:	call	selftest_delay
	cmpb	$0, PER_CPU_VAR(rex_cpu + REX_CPU_ABI_POLL)
	je	1b
	call	rex_poll
	jmp	1b

/*
 * Verdict 2, or 3 when what it sees of rex_cpu changes while it runs. Waits
 * for an interrupt: until *%rdi is not 0 or it has gone round often enough.
 */
.Lprog_work:
	push	%rbp
	mov	%rsp, %rbp
	mov	PER_CPU_VAR(rex_cpu + REX_CPU_ABI_ARENA_NEXT), %r8
	mov	PER_CPU_VAR(rex_cpu + REX_CPU_ABI_ARENA_END), %r9
	mov	PER_CPU_VAR(rex_cpu + REX_CPU_ABI_STACK_LIMIT), %r10
	add	$64, %r8
	mov	%r8, PER_CPU_VAR(rex_cpu + REX_CPU_ABI_ARENA_NEXT)
	movq	$POISON, -64(%r8)
	mov	$3, %eax
	mov	$100000, %ecx
1:	cmp	%r8, PER_CPU_VAR(rex_cpu + REX_CPU_ABI_ARENA_NEXT)
	jne	2f
	cmp	%r9, PER_CPU_VAR(rex_cpu + REX_CPU_ABI_ARENA_END)
	jne	2f
	cmp	%r10, PER_CPU_VAR(rex_cpu + REX_CPU_ABI_STACK_LIMIT)
	jne	2f
	cmpq	$POISON, -64(%r8)
	jne	2f
	cmpl	$0, (%rdi)
	jne	3f
	dec	%ecx
	jnz	1b
3:	mov	$2, %eax
2:	pop	%rbp
	RET

.Lprog_hold:
	push	%rbp
	mov	%rsp, %rbp
	call	selftest_acquire
	mov	$2, %eax
	pop	%rbp
	RET

.Lprog_holdpanic:
	push	%rbp
	mov	%rsp, %rbp
	CLOBBER
	call	selftest_acquire
	mov	$18, %edi		/* division by zero */
	xor	%esi, %esi
	xor	%edx, %edx
	call	rex_panic
	ud2

/*
 * The program of a level: has selftest_level() start that of the next, and
 * panics if told so. Verdict 3 when a register came back changed.
 */
.macro LEVEL n
.Lprog_level\n:
	push	%rbp
	mov	%rsp, %rbp
	push	%rbx
	push	%r12
	mov	$(POISON + \n), %ebx
	mov	$\n, %edi
	call	selftest_level
	mov	%eax, %r12d
	mov	$3, %eax
	cmp	$(POISON + \n), %ebx
	jne	1f
	mov	$2, %eax
	test	%r12d, %r12d
	jz	1f
	CLOBBER
	mov	$18, %edi		/* division by zero */
	xor	%esi, %esi
	xor	%edx, %edx
	call	rex_panic
	ud2
1:	pop	%r12
	pop	%rbx
	pop	%rbp
	RET
.endm
	LEVEL 0
	LEVEL 1
	LEVEL 2
	LEVEL 3
	LEVEL 4

/*
 * A short program that uses helpers, with the lock at 8(ctx): bit 0 of (ctx)
 * has it panic with the lock held, bit 1 run another program in a helper.
 */
.macro SHORT name
.Lprog_\name:
	push	%rbp
	mov	%rsp, %rbp
	push	%rbx
	push	%r12
	mov	%rdi, %rbx
	mov	$POISON, %r12d
	mov	8(%rbx), %rdi
	call	rex_polled_lock
	testl	$1, (%rbx)
	jnz	2f
	mov	8(%rbx), %rdi
	call	rex_unlock
	call	rex_get_prandom_u32
	mov	%rbx, %rdi
	call	selftest_inner
	mov	$3, %eax
	cmp	$POISON, %r12d
	jne	1f
	mov	$2, %eax
1:	pop	%r12
	pop	%rbx
	pop	%rbp
	RET
2:	CLOBBER
	mov	$1, %edi		/* index out of range: 7, length 5 */
	mov	$7, %esi
	mov	$5, %edx
	call	rex_panic
	ud2
.endm
	SHORT storm
	SHORT gust
SYM_INNER_LABEL(selftest_text_end, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
	int3
SYM_FUNC_END(selftest_text)
STACK_FRAME_NON_STANDARD selftest_text

/*
 * u32 selftest_call(void *trampoline, void *ctx): the verdict, or 99 when a
 * callee-saved register or the stack pointer came back changed.
 */
SYM_FUNC_START(selftest_call)
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %rbp
	mov	$11, %ebx
	mov	$12, %r12d
	mov	$13, %r13d
	mov	$14, %r14d
	mov	$15, %r15d
	mov	%rdi, %rax
	mov	%rsi, %rdi
	CALL_NOSPEC rax
	cmp	%rsp, %rbp
	jne	1f
	cmp	$11, %rbx
	jne	1f
	cmp	$12, %r12
	jne	1f
	cmp	$13, %r13
	jne	1f
	cmp	$14, %r14
	jne	1f
	cmp	$15, %r15
	je	2f
1:	mov	$99, %eax
	mov	%rbp, %rsp
2:	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	RET
SYM_FUNC_END(selftest_call)
STACK_FRAME_NON_STANDARD selftest_call
