// SPDX-License-Identifier: GPL-2.0-only
/*
 * Program stacks: one for each CPU and level.
 *
 * Each is a vmalloc area of its own. The kernel leaves an unmapped page after
 * each such area, so that the page below any of them is unmapped too: what
 * gets past StackLimit and the reserve faults instead of writing into a
 * neighbour.
 */
#include <linux/topology.h>
#include <linux/vmalloc.h>

#include "rex.h"

#ifdef CONFIG_KASAN_STACK
/*
 * Code that KASAN instruments calls it when its allocas end; exported for that,
 * and declared in mm/kasan/kasan.h.
 */
void __asan_allocas_unpoison(void *stack_top, ssize_t stack_bottom);
#endif

/**
 * rex_stack_abandon - say that no frame on a level's stack will return
 * @level: the innermost level of this CPU
 *
 * A function that KASAN instruments marks the gaps between its variables as not
 * to be touched, and takes the marks away when it returns. What is left of those
 * that do not return would be found, and reported, by the stack's next users.
 *
 * Context: any in which a program runs, on the program stack; nothing that is
 * instrumented may be called between this and leaving it.
 */
void rex_stack_abandon(const struct rex_level *level)
{
#ifdef CONFIG_KASAN_STACK
	__asan_allocas_unpoison(level->stack, level->stack_top);
#endif
}

/**
 * rex_stacks_alloc - give every possible CPU its program stacks
 *
 * Also sets rex_cpu.abi.stack_limit to level 0's, where it stays whenever the
 * CPU runs no program: rex_enter does not write it for the outermost level.
 *
 * Context: process, may sleep. No program runs yet.
 * Return: 0 or -ENOMEM, with nothing left allocated.
 */
int rex_stacks_alloc(void)
{
	int cpu, i;

	for_each_possible_cpu(cpu) {
		struct rex_cpu *c = per_cpu_ptr(&rex_cpu, cpu);

		for (i = 0; i < REX_MAX_LEVELS; i++) {
			void *stack = vzalloc_node(REX_STACK_SIZE, cpu_to_node(cpu));

			if (!stack) {
				rex_stacks_free();
				return -ENOMEM;
			}
			c->level[i].stack = stack;
			c->level[i].stack_top = (uintptr_t)stack + REX_STACK_SIZE;
		}
		c->abi.stack_limit = c->level[0].stack_top - REX_STACK_PROGRAM;
	}
	return 0;
}

/**
 * rex_stacks_free - free what rex_stacks_alloc allocated
 *
 * Context: process, may sleep. No program runs any more.
 */
void rex_stacks_free(void)
{
	int cpu, i;

	for_each_possible_cpu(cpu) {
		struct rex_cpu *c = per_cpu_ptr(&rex_cpu, cpu);

		for (i = 0; i < REX_MAX_LEVELS; i++) {
			vfree(c->level[i].stack);
			c->level[i].stack = NULL;
			c->level[i].stack_top = 0;
		}
	}
}
