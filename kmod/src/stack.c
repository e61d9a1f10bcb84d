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
			if (c->level[i].stack_top)
				vfree((void *)(uintptr_t)(c->level[i].stack_top - REX_STACK_SIZE));
			c->level[i].stack_top = 0;
		}
	}
}
