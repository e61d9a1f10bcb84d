/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The dispatcher. An extension's trampoline is
 *
 *	endbr64
 *	lea	ProgDesc(%rip), %rsi	# %rdi: the hook's context
 *	call	rex_enter
 *	call	Program
 *	jmp	rex_leave		# %eax: the verdict
 *
 * rex_enter returns into the trampoline on the program stack, or straight to
 * the trampoline's caller with the default verdict. rex_leave returns to the
 * trampoline's caller on the caller's stack.
 *
 * Both may be interrupted between any two instructions by an interrupt or NMI
 * that runs whole invocations, and by a watchdog tick. The rules that make
 * this safe:
 *
 * 1. rex_cpu is written by its own CPU only, preemption is off from before
 *    the first access to after the last.
 * 2. A nested invocation restores everything it found: depth, slow, abi, and
 *    it uses only levels at or above the depth it found. So a level is
 *    claimed by the single instruction that increments depth, before
 *    anything is written to the level; what interrupts before that finishes
 *    with the level before we take it.
 * 3. A level is given up by the decrement of depth, after the last read from
 *    it and after the program stack was left.
 * 4. prog is NULL in a level that is not (or not yet) set up: the watchdog
 *    and the check for re-entry skip such a level.
 * 5. The watchdog redirects only code of the extension, on the level's own
 *    stack. Here it can do no more than set Poll and count a tick: both are
 *    re-checked against the invocation count, which is incremented last.
 *
 * None of the symbols has an ENDBR: they are only ever called directly.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/asm.h>
#include <asm/nospec-branch.h>
#include <asm/percpu.h>

#include "rex_abi_asm.h"
#include "rex_asm.h"
#include "rex_compat.h"

#define CPU(off)	PER_CPU_VAR(rex_cpu + off)
#define LEVEL0(off)	PER_CPU_VAR(rex_cpu + REX_CPU_LEVEL + off)
/* %rcx: byte offset of the level in rex_cpu.level */
#define LEVEL(off)	%gs:(rex_cpu + REX_CPU_LEVEL + off)(%rcx)

.macro SAVE_CALLEE_SAVED
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
.endm

/* Turns preemption on again and returns. */
.macro PREEMPT_ENABLE_RET
	decl	PER_CPU_VAR(REX_PREEMPT_COUNT)
	jz	.Lresched
	RET
.endm

	.text

/*
 * rex_enter - from the trampoline on to the program
 * In: %rdi context, %rsi struct rex_prog_desc *. Keeps %rdi.
 * Clobbers what a C function may, except %rdi.
 */
SYM_START(rex_enter, SYM_L_GLOBAL, SYM_F_ALIGN)
	ANNOTATE_NOENDBR
	incl	PER_CPU_VAR(REX_PREEMPT_COUNT)
	cmpl	$0, REX_PROG_DESC_STOPPED(%rsi)
	jne	.Lstopped
	cmpl	$0, CPU(REX_CPU_DEPTH)
	jne	.Lgeneral

	/* Level 0: every address is a constant. */
	incl	CPU(REX_CPU_DEPTH)
	mov	%rsi, LEVEL0(REX_LEVEL_PROG)
	pop	%r11
	SAVE_CALLEE_SAVED
	mov	%rsp, LEVEL0(REX_LEVEL_SP)
	mov	LEVEL0(REX_LEVEL_STACK_TOP), %rsp
	mov	LEVEL0(REX_LEVEL_ARENA), %rax
	mov	%rax, CPU(REX_CPU_ABI_ARENA_NEXT)
	mov	REX_PROG_DESC_ARENA_BYTES(%rsi), %ecx
	add	%rcx, %rax
	mov	%rax, CPU(REX_CPU_ABI_ARENA_END)
	/* StackLimit is level 0's whenever depth is 0: see stack.c. */
	mov	REX_PROG_DESC_STATS(%rsi), %rax
	incq	%gs:REX_STATS_INVOCATIONS(%rax)
	push	%r11
	RET

.Lstopped:
	cmpl	$REX_STOPPED_INIT, REX_PROG_DESC_STOPPED(%rsi)
	jne	.Lrefuse

	/*
	 * Any depth; saves the outer invocation's part of rex_cpu. %r10: what
	 * Poll and the level's since begin with.
	 */
.Lgeneral:
	xor	%r10d, %r10d
.Lgeneral_since:
	mov	CPU(REX_CPU_DEPTH), %eax
	cmp	$REX_MAX_LEVELS, %eax
	jae	.Lrefuse
	imul	$REX_LEVEL_SIZEOF, %eax, %edx
	xor	%ecx, %ecx
.Lreentry:
	cmp	%edx, %ecx
	je	.Lclaim
	cmp	%rsi, LEVEL(REX_LEVEL_PROG)
	je	.Lrefuse
	add	$REX_LEVEL_SIZEOF, %ecx
	jmp	.Lreentry

.Lclaim:
	incl	CPU(REX_CPU_DEPTH)
	incl	CPU(REX_CPU_SLOW)
	movl	$1, LEVEL(REX_LEVEL_SAVED)
	mov	%rsi, LEVEL(REX_LEVEL_PROG)
	mov	CPU(REX_CPU_ABI_POLL), %rax
	mov	%rax, LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_POLL)
	mov	CPU(REX_CPU_ABI_STACK_LIMIT), %rax
	mov	%rax, LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_STACK_LIMIT)
	mov	CPU(REX_CPU_ABI_ARENA_NEXT), %rax
	mov	%rax, LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_ARENA_NEXT)
	mov	CPU(REX_CPU_ABI_ARENA_END), %rax
	mov	%rax, LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_ARENA_END)
	mov	%r10, LEVEL(REX_LEVEL_SINCE)
	mov	%r10, CPU(REX_CPU_ABI_POLL)
	pop	%r11
	SAVE_CALLEE_SAVED
	mov	%rsp, LEVEL(REX_LEVEL_SP)
	mov	LEVEL(REX_LEVEL_STACK_TOP), %rax
	mov	%rax, %rsp
	sub	$REX_STACK_PROGRAM, %rax
	mov	%rax, CPU(REX_CPU_ABI_STACK_LIMIT)
	mov	LEVEL(REX_LEVEL_ARENA), %rax
	cmpl	$REX_STOPPED_INIT, REX_PROG_DESC_STOPPED(%rsi)
	jne	.Larena
	mov	REX_PROG_DESC_EXT(%rsi), %rax
	mov	REX_EXT_INIT_ARENA(%rax), %rax
.Larena:
	mov	%rax, CPU(REX_CPU_ABI_ARENA_NEXT)
	mov	REX_PROG_DESC_ARENA_BYTES(%rsi), %ecx
	add	%rcx, %rax
	mov	%rax, CPU(REX_CPU_ABI_ARENA_END)
	mov	REX_PROG_DESC_STATS(%rsi), %rax
	incq	%gs:REX_STATS_INVOCATIONS(%rax)
	push	%r11
	RET

.Lrefuse:
	mov	REX_PROG_DESC_STATS(%rsi), %rax
	incq	%gs:REX_STATS_REFUSED(%rax)
	mov	REX_PROG_DESC_DEFAULT_VERDICT(%rsi), %eax
	add	$8, %rsp		/* not back into the trampoline */
	PREEMPT_ENABLE_RET

.Lresched:
	push	%rax
	call	rex_resched
	pop	%rax
	RET
SYM_FUNC_END(rex_enter)

/*
 * rex_enter_irq - rex_enter for hooks that may run with interrupts off
 *
 * The watchdog's tick does not come then. Poll is set from the start instead,
 * so that rex_poll looks at the clock at every back-edge. Such an invocation
 * takes the general path at every depth, because it saves what it changes.
 */
SYM_START(rex_enter_irq, SYM_L_GLOBAL, SYM_F_ALIGN)
	ANNOTATE_NOENDBR
	pushf
	testl	$REX_EFLAGS_IF, (%rsp)
	lea	8(%rsp), %rsp		/* leaves the flags alone */
	jnz	rex_enter
	incl	PER_CPU_VAR(REX_PREEMPT_COUNT)
	cmpl	$0, REX_PROG_DESC_STOPPED(%rsi)
	jne	.Lrefuse
	mov	$REX_SINCE_FIRST_POLL, %r10d
	jmp	.Lgeneral_since
SYM_FUNC_END(rex_enter_irq)
STACK_FRAME_NON_STANDARD rex_enter
STACK_FRAME_NON_STANDARD rex_enter_irq
_ASM_NOKPROBE(rex_enter)
_ASM_NOKPROBE(rex_enter_irq)

/*
 * rex_leave - from the program back to the trampoline's caller
 * In: %eax verdict; %rsp the top of the program stack or lower.
 * The program has kept the callee-saved registers (rex_abort reloads them),
 * so the saved ones are skipped.
 */
SYM_START(rex_leave, SYM_L_GLOBAL, SYM_F_ALIGN)
	ANNOTATE_NOENDBR
	cmpl	$0, CPU(REX_CPU_SLOW)
	jne	.Lleave_slow
.Lleave_level0:
	movq	$0, LEVEL0(REX_LEVEL_PROG)
	mov	LEVEL0(REX_LEVEL_SP), %rsp
	decl	CPU(REX_CPU_DEPTH)
	add	$REX_SAVED_SIZEOF, %rsp
	decl	PER_CPU_VAR(REX_PREEMPT_COUNT)
	jz	.Lleave_resched
	RET

.Lleave_slow:
	push	%rax
	call	rex_release_this_level
	pop	%rax
	mov	CPU(REX_CPU_DEPTH), %ecx
	dec	%ecx
	imul	$REX_LEVEL_SIZEOF, %ecx, %ecx
	cmpl	$0, LEVEL(REX_LEVEL_SAVED)
	je	.Lleave_level0		/* slow only because of what it held */
	movl	$0, LEVEL(REX_LEVEL_SAVED)
	movq	$0, LEVEL(REX_LEVEL_SINCE)
	mov	LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_STACK_LIMIT), %rdx
	mov	%rdx, CPU(REX_CPU_ABI_STACK_LIMIT)
	mov	LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_ARENA_NEXT), %rdx
	mov	%rdx, CPU(REX_CPU_ABI_ARENA_NEXT)
	mov	LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_ARENA_END), %rdx
	mov	%rdx, CPU(REX_CPU_ABI_ARENA_END)
	movq	$0, LEVEL(REX_LEVEL_PROG)
	/* After prog: a tick from here on sets no Poll for this level. */
	mov	LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_POLL), %rdx
	mov	%rdx, CPU(REX_CPU_ABI_POLL)
	mov	LEVEL(REX_LEVEL_SP), %rsp
	decl	CPU(REX_CPU_SLOW)
	decl	CPU(REX_CPU_DEPTH)
	add	$REX_SAVED_SIZEOF, %rsp
	decl	PER_CPU_VAR(REX_PREEMPT_COUNT)
	jz	.Lleave_resched
	RET

.Lleave_resched:
	push	%rax
	call	rex_resched
	pop	%rax
	RET
SYM_FUNC_END(rex_leave)
STACK_FRAME_NON_STANDARD rex_leave
_ASM_NOKPROBE(rex_leave)

/*
 * rex_abort - leave the innermost invocation from anywhere in it
 * In: %edi verdict. Runs on the program stack, does not return.
 */
SYM_START(rex_abort, SYM_L_GLOBAL, SYM_F_ALIGN)
	mov	%edi, %eax
	cld
	mov	CPU(REX_CPU_DEPTH), %ecx
	dec	%ecx
	imul	$REX_LEVEL_SIZEOF, %ecx, %ecx
	mov	LEVEL(REX_LEVEL_SP), %rdx
	mov	REX_SAVED_R15(%rdx), %r15
	mov	REX_SAVED_R14(%rdx), %r14
	mov	REX_SAVED_R13(%rdx), %r13
	mov	REX_SAVED_R12(%rdx), %r12
	mov	REX_SAVED_RBX(%rdx), %rbx
	mov	REX_SAVED_RBP(%rdx), %rbp
	jmp	rex_leave
SYM_FUNC_END(rex_abort)
STACK_FRAME_NON_STANDARD rex_abort
_ASM_NOKPROBE(rex_abort)

/*
 * rex_timeout_entry - where the watchdog sends an expired program
 *
 * Entered by IRET in place of the interrupted instruction: every register is
 * the program's. It has no red zone, so the stack below %rsp is free.
 */
SYM_START(rex_timeout_entry, SYM_L_GLOBAL, SYM_F_ALIGN)
	ANNOTATE_NOENDBR
	cld
	mov	%rbp, %rdi
	mov	%rsp, %rsi
	and	$~15, %rsp
	call	rex_timeout
	ud2
SYM_FUNC_END(rex_timeout_entry)
STACK_FRAME_NON_STANDARD rex_timeout_entry
_ASM_NOKPROBE(rex_timeout_entry)
