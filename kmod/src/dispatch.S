/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The dispatcher. An extension's trampoline is
 *
 *	endbr64
 *	lea	ProgDesc(%rip), %rsi	# %rdi: the hook's context
 *	call	rex_enter		# or rex_enter_plain, rex_enter_irq
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
 *    the first access to after the last. Nearly every hook calls us with
 *    preemption off, which the fast path asks for; the general path turns it
 *    off itself. A preemption count that is not zero stays so until the hook
 *    goes on, whatever interrupts. On PREEMPT_RT a helper may sleep: sleep.c.
 * 2. A nested invocation restores everything it found: level 0's prog, top,
 *    slow, abi, and it uses only levels that it found free. So a level is
 *    claimed by a single instruction, before anything else is written to it:
 *    level 0 by writing its prog, which is NULL exactly when the level is
 *    free, each other level by incrementing top. What interrupts before that
 *    finishes with the level before we take it.
 * 3. A level is given up by a single instruction, after the last read from it
 *    and after the program stack was left: clearing prog, or decrementing top.
 * 4. prog is NULL in a level above 0 that is not (or not yet) set up: the
 *    watchdog and the check for re-entry skip such a level.
 * 5. The watchdog redirects only code of the extension, on the level's own
 *    stack. Here it can do no more than set Poll and count a tick: both are
 *    re-checked against the invocation count, which is incremented last.
 * 6. With interrupts off the watchdog cannot come at all. Then Poll is set for
 *    the whole invocation, and rex_poll looks at the clock. Only the general
 *    path looks for that: programs of types that may run with interrupts off
 *    come in by rex_enter_irq, which sends them there.
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

/* Below the stack pointer that the level keeps. */
#define SAVED(n)	-8*(n)(%rdx)

/*
 * A debug build compares the CPU's state at a program's end with that at its
 * start (selftest/state.c). Both are looked at on the program stack, with the
 * level taken.
 */
#ifdef REX_DEBUG
.macro STATE_ENTER
	push	%rdi
	push	%rsi
	push	%r11
	call	rex_state_enter
	pop	%r11
	pop	%rsi
	pop	%rdi
.endm
.macro STATE_LEAVE
	push	%rax
	push	%rcx
	call	rex_state_leave
	pop	%rcx
	pop	%rax
.endm
#else
.macro STATE_ENTER
.endm
.macro STATE_LEAVE
.endm
#endif

/* Into the program, which finds %r11, the trampoline, as its return address. */
.macro ENTER
	mov	REX_PROG_DESC_STATS(%rsi), %rax
	incq	%gs:REX_STATS_INVOCATIONS(%rax)
	STATE_ENTER
	push	%r11
	RET
.endm

/* %rax: the level's arena */
.macro SET_ARENA
	mov	%rax, CPU(REX_CPU_ABI_ARENA_NEXT)
	mov	REX_PROG_DESC_ARENA_BYTES(%rsi), %ecx
	add	%rcx, %rax
	mov	%rax, CPU(REX_CPU_ABI_ARENA_END)
.endm

/*
 * Takes level 0, if that is free, for a program that is not stopped, with
 * preemption off. All addresses are constants. Leaves the trampoline's
 * address in %r11.
 *
 * StackLimit is level 0's whenever that is free: see stack.c.
 */
.macro ENTER_LEVEL0
	testl	$REX_PREEMPT_MASK, PER_CPU_VAR(REX_PREEMPT_COUNT)
	jz	.Lgeneral
	mov	REX_PROG_DESC_STOPPED(%rsi), %eax
	or	LEVEL0(REX_LEVEL_PROG), %rax
	jnz	.Lgeneral
	mov	%rsi, LEVEL0(REX_LEVEL_PROG)
	pop	%r11
	mov	%rsp, LEVEL0(REX_LEVEL_SP)
	SAVE_CALLEE_SAVED
	mov	LEVEL0(REX_LEVEL_STACK_TOP), %rsp
.endm

	.text

/*
 * rex_enter_plain - rex_enter for a program that has no use for an arena
 */
SYM_START(rex_enter_plain, SYM_L_GLOBAL, SYM_F_ALIGN)
	ANNOTATE_NOENDBR
	ENTER_LEVEL0
	ENTER
SYM_FUNC_END(rex_enter_plain)
STACK_FRAME_NON_STANDARD rex_enter_plain
_ASM_NOKPROBE(rex_enter_plain)

/*
 * rex_enter - from the trampoline on to the program
 * In: %rdi context, %rsi struct rex_prog_desc *. Keeps %rdi.
 * Clobbers what a C function may, except %rdi.
 */
SYM_START(rex_enter, SYM_L_GLOBAL, SYM_F_ALIGN)
	ANNOTATE_NOENDBR
	ENTER_LEVEL0
	mov	LEVEL0(REX_LEVEL_ARENA), %rax
	SET_ARENA
	ENTER

	/* Any level; saves the outer invocation's part of rex_cpu. */
.Lgeneral:
	incl	PER_CPU_VAR(REX_PREEMPT_COUNT)
	cmpl	$REX_STOPPED, REX_PROG_DESC_STOPPED(%rsi)
	je	.Lrefuse
	xor	%ecx, %ecx
	cmpq	$0, LEVEL0(REX_LEVEL_PROG)
	jne	.Lnested
	mov	%rsi, LEVEL0(REX_LEVEL_PROG)
	jmp	.Lclaimed

.Lnested:
	mov	CPU(REX_CPU_TOP), %eax
	inc	%eax
	cmp	$REX_MAX_LEVELS, %eax
	jae	.Lrefuse
	imul	$REX_LEVEL_SIZEOF, %eax, %edx
.Lreentry:
	cmp	%rsi, LEVEL(REX_LEVEL_PROG)
	je	.Lrefuse
	add	$REX_LEVEL_SIZEOF, %ecx
	cmp	%edx, %ecx
	jne	.Lreentry
	incl	CPU(REX_CPU_TOP)
	mov	%rsi, LEVEL(REX_LEVEL_PROG)

.Lclaimed:
	incl	CPU(REX_CPU_SLOW)
	movl	$1, LEVEL(REX_LEVEL_SAVED)
	mov	CPU(REX_CPU_ABI_POLL), %rax
	mov	%rax, LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_POLL)
	mov	CPU(REX_CPU_ABI_STACK_LIMIT), %rax
	mov	%rax, LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_STACK_LIMIT)
	mov	CPU(REX_CPU_ABI_ARENA_NEXT), %rax
	mov	%rax, LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_ARENA_NEXT)
	mov	CPU(REX_CPU_ABI_ARENA_END), %rax
	mov	%rax, LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_ARENA_END)
	/* Poll: whether interrupts are off. */
	pushf
	pop	%rax
	and	$REX_EFLAGS_IF, %eax
	cmp	$1, %eax
	sbb	%eax, %eax
	neg	%eax
	mov	%rax, CPU(REX_CPU_ABI_POLL)
	pop	%r11
	mov	%rsp, LEVEL(REX_LEVEL_SP)
	SAVE_CALLEE_SAVED
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
	SET_ARENA
	ENTER

.Lrefuse:
	mov	REX_PROG_DESC_STATS(%rsi), %rax
	incq	%gs:REX_STATS_REFUSED(%rax)
	mov	REX_PROG_DESC_DEFAULT_VERDICT(%rsi), %eax
	add	$8, %rsp		/* not back into the trampoline */
	decl	PER_CPU_VAR(REX_PREEMPT_COUNT)
	jz	.Lresched
	RET

.Lresched:
	push	%rax
	call	rex_resched
	pop	%rax
	RET
SYM_FUNC_END(rex_enter)
STACK_FRAME_NON_STANDARD rex_enter
_ASM_NOKPROBE(rex_enter)

/*
 * rex_enter_irq - rex_enter for hooks that may run with interrupts off
 */
SYM_START(rex_enter_irq, SYM_L_GLOBAL, SYM_F_ALIGN)
	ANNOTATE_NOENDBR
	pushf
	testl	$REX_EFLAGS_IF, (%rsp)
	lea	8(%rsp), %rsp		/* leaves the flags alone */
	jz	.Lgeneral
	jmp	rex_enter
SYM_FUNC_END(rex_enter_irq)
STACK_FRAME_NON_STANDARD rex_enter_irq
_ASM_NOKPROBE(rex_enter_irq)

/*
 * rex_leave - from the program back to the trampoline's caller
 * In: %eax verdict; %rsp the top of the program stack or lower.
 * The program has kept the callee-saved registers (rex_abort reloads them),
 * so the saved ones are left where they are.
 */
SYM_START(rex_leave, SYM_L_GLOBAL, SYM_F_ALIGN)
	ANNOTATE_NOENDBR
	cmpl	$0, CPU(REX_CPU_SLOW)
	jne	.Lleave_slow
.Lleave_level0:
	STATE_LEAVE
	mov	LEVEL0(REX_LEVEL_SP), %rsp
	movq	$0, LEVEL0(REX_LEVEL_PROG)
	RET

.Lleave_slow:
	push	%rax
	call	rex_release_this_level
	pop	%rax
	imul	$REX_LEVEL_SIZEOF, CPU(REX_CPU_TOP), %ecx
	cmpl	$0, LEVEL(REX_LEVEL_SAVED)
	je	.Lleave_level0		/* slow only because of what it held */
	STATE_LEAVE
	movl	$0, LEVEL(REX_LEVEL_SAVED)
	mov	LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_STACK_LIMIT), %rdx
	mov	%rdx, CPU(REX_CPU_ABI_STACK_LIMIT)
	mov	LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_ARENA_NEXT), %rdx
	mov	%rdx, CPU(REX_CPU_ABI_ARENA_NEXT)
	mov	LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_ARENA_END), %rdx
	mov	%rdx, CPU(REX_CPU_ABI_ARENA_END)
	/* A tick between this and giving the level up may set Poll once too often. */
	mov	LEVEL(REX_LEVEL_OUTER + REX_CPU_ABI_POLL), %rdx
	mov	%rdx, CPU(REX_CPU_ABI_POLL)
	mov	LEVEL(REX_LEVEL_SP), %rsp
	decl	CPU(REX_CPU_SLOW)
	movq	$0, LEVEL(REX_LEVEL_PROG)	/* gives up level 0 */
	test	%ecx, %ecx
	jz	.Lleave_preempt
	decl	CPU(REX_CPU_TOP)		/* gives up any other */
.Lleave_preempt:
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
	imul	$REX_LEVEL_SIZEOF, CPU(REX_CPU_TOP), %ecx
	mov	LEVEL(REX_LEVEL_SP), %rdx
	mov	SAVED(6), %r15
	mov	SAVED(5), %r14
	mov	SAVED(4), %r13
	mov	SAVED(3), %r12
	mov	SAVED(2), %rbx
	mov	SAVED(1), %rbp
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

/*
 * rex_just_return - what a probed function becomes that is not to run
 * Reached by the probe's return, with the function's caller on the stack.
 */
SYM_START(rex_just_return, SYM_L_GLOBAL, SYM_F_ALIGN)
	ANNOTATE_NOENDBR
	RET
SYM_FUNC_END(rex_just_return)
