// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arenas: one for each CPU and level, as large as the largest that a
 * registered program asked for. They never shrink before the module goes.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "rex.h"

static u32 arena_bytes;

static void free_set(void **set)
{
	unsigned int i;

	for (i = 0; i < nr_cpu_ids * REX_MAX_LEVELS; i++)
		kvfree(set[i]);
	kvfree(set);
}

/**
 * rex_arenas_reserve - make every arena at least this large
 * @bytes: size in bytes, a multiple of 16
 *
 * rex_enter reads the arena's address once and bounds it by what its own
 * program asked for, which the old arena has: so the new one may be swapped
 * in while programs run. The old one is freed when all invocations that may
 * use it have ended; they run with preemption off, hence synchronize_rcu.
 *
 * Context: process, may sleep; under rex_ext_mutex.
 * Return: 0 or -ENOMEM, with everything as before.
 */
int rex_arenas_reserve(u32 bytes)
{
	void **set;
	int cpu, i;

	if (bytes <= arena_bytes)
		return 0;
	set = kvcalloc(nr_cpu_ids * REX_MAX_LEVELS, sizeof(*set), GFP_KERNEL);
	if (!set)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		for (i = 0; i < REX_MAX_LEVELS; i++) {
			void *arena = kvmalloc_node(bytes, GFP_KERNEL, cpu_to_node(cpu));

			if (!arena) {
				free_set(set);
				return -ENOMEM;
			}
			set[cpu * REX_MAX_LEVELS + i] = arena;
		}
	}
	for_each_possible_cpu(cpu) {
		struct rex_cpu *c = per_cpu_ptr(&rex_cpu, cpu);

		for (i = 0; i < REX_MAX_LEVELS; i++) {
			void **slot = &set[cpu * REX_MAX_LEVELS + i];
			void *old = (void *)(uintptr_t)c->level[i].arena;

			WRITE_ONCE(c->level[i].arena, (uintptr_t)*slot);
			*slot = old;
		}
	}
	arena_bytes = bytes;
	synchronize_rcu();
	free_set(set);
	return 0;
}

/**
 * rex_arenas_free - free all arenas
 *
 * Context: process, may sleep. No program runs any more.
 */
void rex_arenas_free(void)
{
	int cpu, i;

	for_each_possible_cpu(cpu) {
		struct rex_cpu *c = per_cpu_ptr(&rex_cpu, cpu);

		for (i = 0; i < REX_MAX_LEVELS; i++) {
			kvfree((void *)(uintptr_t)c->level[i].arena);
			c->level[i].arena = 0;
		}
	}
	arena_bytes = 0;
}
