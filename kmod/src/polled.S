/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Polls: whether an invocation's time is up, asked for by compiled code at a
 * loop's back-edge and here when a helper returns.
 *
 * Poll is set when the watchdog found the invocation expired but not in code
 * that it can redirect, and all the time with interrupts off, when no watchdog
 * comes. Then every poll would read the clock. It looks at the cycle counter
 * instead, and at the clock only when look_cycles have passed since it did so
 * the last time. The watchdog makes the next poll look at once
 * (rex_poll_again).
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/asm.h>
#include <asm/nospec-branch.h>
#include <asm/percpu.h>

#include "rex_abi_asm.h"
#include "rex_abi_symbols.h"
#include "rex_asm.h"

/* Kernel functions on fewer bytes are called as they are. */
#define SHORT 4096

	.text

/*
 * rex_poll - end the invocation if its time is up
 *
 * Keeps every register but the flags: loops that poll all the time are not to
 * spill theirs. Only the low half of the counter is compared: a poll that comes
 * exactly a multiple of 2^32 cycles after the last look is followed by one that
 * does not.
 */
SYM_START(rex_poll, SYM_L_GLOBAL, SYM_F_ALIGN)
	ANNOTATE_NOENDBR
	push	%rax
	push	%rdx
	rdtsc
	sub	PER_CPU_VAR(rex_cpu + REX_CPU_LOOKED), %eax
	cmp	PER_CPU_VAR(rex_cpu + REX_CPU_LOOK_CYCLES), %eax
	jae	.Llook
	pop	%rdx
	pop	%rax
	RET

.Llook:
	push	%rcx
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	mov	9*8(%rsp), %rdi		/* the return address */
	mov	%rbp, %rsi
	call	rex_poll_look
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rcx
	pop	%rdx
	pop	%rax
	RET
SYM_FUNC_END(rex_poll)
STACK_FRAME_NON_STANDARD rex_poll
_ASM_NOKPROBE(rex_poll)

/*
 * Entries for functions that may take long. They keep the frame pointer, so
 * that rex_poll, which returns to compiled code, finds its frame. Arguments are
 * in registers only.
 */
/* A debug build looks how deep the program's stack is (selftest/depth.c). */
.macro DEPTH
#ifdef REX_DEBUG
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%r8
	push	%r9
	lea	6*8(%rsp), %rdi
	call	rex_depth_call
	pop	%r9
	pop	%r8
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
#endif
.endm

.macro POLLED entry, function
	call	\function
	cmpb	$0, PER_CPU_VAR(rex_cpu + REX_CPU_ABI_POLL)
	jne	rex_poll
	RET
SYM_FUNC_END(\entry)
STACK_FRAME_NON_STANDARD \entry
_ASM_NOKPROBE(\entry)
.endm

#define HELPER(name)								\
	SYM_START(rex_polled_##name, SYM_L_GLOBAL, SYM_F_ALIGN) ;		\
	ANNOTATE_NOENDBR ;							\
	DEPTH ;									\
	POLLED rex_polled_##name, rex_##name ;

/* All of these have the number of bytes in %rdx. */
#define KERNEL(name)								\
	SYM_START(rex_polled_##name, SYM_L_GLOBAL, SYM_F_ALIGN) ;		\
	ANNOTATE_NOENDBR ;							\
	DEPTH ;									\
	cmp	$SHORT, %rdx ;							\
	jbe	name ;								\
	POLLED rex_polled_##name, name ;

SYM_START(rex_polled_start, SYM_L_GLOBAL, SYM_A_NONE)
	ANNOTATE_NOENDBR
REX_POLLED(HELPER)
REX_POLLED_KERNEL(KERNEL)
SYM_START(rex_polled_end, SYM_L_GLOBAL, SYM_A_NONE)
	ANNOTATE_NOENDBR
