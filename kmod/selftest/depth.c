// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much of their stacks programs use, compared with what the compiler says:
 * exactly, at every call of a helper, and by a painted stack, which also shows
 * what helpers and interrupts need beyond.
 */
#include <linux/moduleparam.h>
#include <linux/uaccess.h>

#include "selftest.h"

#define PAINT 0x7065725f7065725fULL

/* Painting takes long: the first invocations of a program, and some. */
#define FIRST 16
#define EVERY 256

static DEFINE_PER_CPU(bool, painted[REX_MAX_LEVELS]);

static atomic64_t calls, exact, over;
static unsigned int used, beyond;
static char worst[REX_NAME_SIZE];

static u64 *stack_low(const struct rex_level *level)
{
	return (u64 *)(uintptr_t)(level->stack_top - REX_STACK_SIZE);
}

/**
 * rex_depth_enter - paint the stack below a program that is entered
 * @level: the innermost level of this CPU
 *
 * Context: any in which a program runs, on the program stack.
 */
void rex_depth_enter(const struct rex_level *level)
{
	u64 n = this_cpu_read(rex_prog_stats(level->prog)->invocations);
	u64 *to = stack_low(level);
	u64 words = (current_stack_pointer - (unsigned long)to) / sizeof(*to) - 16;
	bool paint = n <= FIRST || n % EVERY == 0;

	this_cpu_write(painted[this_cpu_read(rex_cpu.top)], paint);
	if (paint)
		asm volatile("rep stosq" : "+D" (to), "+c" (words) : "a" (PAINT) : "memory");
}

/**
 * rex_depth_leave - look how far down a program that is left has come
 * @level: the innermost level of this CPU
 *
 * Context: as rex_depth_enter().
 */
void rex_depth_leave(const struct rex_level *level)
{
	const u64 *p = stack_low(level);
	unsigned int size;

	if (!this_cpu_read(painted[this_cpu_read(rex_cpu.top)]))
		return;
	while (*p == PAINT)
		p++;
	size = level->stack_top - (uintptr_t)p;
	if (size > READ_ONCE(used))
		WRITE_ONCE(used, size);
	if (level->prog->stack_bytes && size > level->prog->stack_bytes + READ_ONCE(beyond))
		WRITE_ONCE(beyond, size - level->prog->stack_bytes);
}

/**
 * rex_depth_call - compare the stack pointer with what the compiler says
 * @sp: at a helper's entry
 *
 * The compiler's bound holds for every function with its return address; the
 * helper's comes on top.
 *
 * Context: any in which a program runs; called by polled.S.
 */
asmlinkage void rex_depth_call(unsigned long sp)
{
	const struct rex_level *level = rex_this_level();
	const struct rex_prog_desc *prog = level->prog;
	u64 depth = level->stack_top - sp - sizeof(long);

	if (!prog->stack_bytes)
		return;
	atomic64_inc(&calls);
	if (depth == prog->stack_bytes)
		atomic64_inc(&exact);
	if (depth > prog->stack_bytes && atomic64_inc_return(&over) == 1)
		strscpy(worst, prog->name, sizeof(worst));
}

/**
 * rex_selftest_guard - whether an unmapped page lies below each program stack
 *
 * Context: process.
 * Return: whether all have one.
 */
bool rex_selftest_guard(void)
{
	int cpu, i;
	u64 word;

	for_each_possible_cpu(cpu) {
		for (i = 0; i < REX_MAX_LEVELS; i++) {
			u64 *low = stack_low(&per_cpu_ptr(&rex_cpu, cpu)->level[i]);

			REX_EXPECT(!get_kernel_nofault(word, low));
			REX_EXPECT(get_kernel_nofault(word, low - 1));
			REX_EXPECT(get_kernel_nofault(word, low - PAGE_SIZE / sizeof(*low)));
		}
	}
	return true;
}

module_param_cb(stack_calls, &selftest_count_ops, &calls, 0444);
MODULE_PARM_DESC(stack_calls, "calls of helpers by programs whose use of the stack is known");
module_param_cb(stack_exact, &selftest_count_ops, &exact, 0444);
MODULE_PARM_DESC(stack_exact, "how many of them were as deep as the compiler says");
module_param_cb(stack_over, &selftest_count_ops, &over, 0444);
MODULE_PARM_DESC(stack_over, "how many were deeper");
module_param_string(stack_worst, worst, sizeof(worst), 0444);
MODULE_PARM_DESC(stack_worst, "the first program that was deeper");
module_param_named(stack_used, used, uint, 0444);
MODULE_PARM_DESC(stack_used, "the most that any invocation used of its stack, in bytes");
module_param_named(stack_beyond, beyond, uint, 0444);
MODULE_PARM_DESC(stack_beyond, "the most that any used beyond what the compiler says: helpers, interrupts");
