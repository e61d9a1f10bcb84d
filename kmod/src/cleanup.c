// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an invocation holds. Every helper that acquires a kernel resource
 * records it here, so that it is given back whatever the program does: at a
 * normal return, a panic or a timeout.
 */
#include <linux/percpu.h>

#include "rex_res.h"

static DEFINE_PER_CPU(struct rex_slot, slots[REX_MAX_LEVELS][REX_MAX_HELD]);

/**
 * rex_hold - record a resource of the innermost invocation
 * @held: lives until it is released
 *
 * The list is written by this CPU only and belongs to one level, so that
 * nested invocations never see it. rex_cpu.slow sends rex_leave through
 * rex_release_this_level; it is raised before the list changes, so that no
 * state in between looks as if nothing were held.
 *
 * Context: any in which a program runs; called by helpers.
 */
void rex_hold(struct rex_held *held)
{
	struct rex_level *level = rex_this_level();

	this_cpu_inc(rex_cpu.slow);
	held->next = level->held;
	level->held = held;
}

/**
 * rex_release_held - release everything a level's invocation holds
 * @level: a level of this CPU
 *
 * Newest first, because an older resource may protect a newer one.
 *
 * Context: any in which a program runs, preemption off.
 */
void rex_release_held(struct rex_level *level)
{
	while (level->held) {
		struct rex_held *held = level->held;

		level->held = held->next;
		held->release(held);
		/* A slot is free again. */
		WRITE_ONCE(held->release, NULL);
		this_cpu_dec(rex_cpu.slow);
	}
}

/**
 * rex_release_this_level - give back what the innermost invocation holds
 *
 * Context: any in which a program runs; called by rex_leave, on the program
 * stack.
 */
asmlinkage void rex_release_this_level(void)
{
	rex_release_held(rex_this_level());
}

/**
 * rex_slot_get - a free slot of the innermost invocation
 *
 * It stays free until rex_slot_hold().
 *
 * Context: any in which a program runs; called by helpers.
 * Return: NULL when the invocation holds REX_MAX_HELD resources.
 */
struct rex_slot *rex_slot_get(void)
{
	struct rex_slot *slot = this_cpu_ptr(slots[this_cpu_read(rex_cpu.top)]);
	int i;

	for (i = 0; i < REX_MAX_HELD; i++)
		if (!slot[i].held.release)
			return &slot[i];
	return NULL;
}

/**
 * rex_slot_hold - record a resource
 * @slot: from rex_slot_get(), filled in
 * @release: gives the resource back
 *
 * Context: as rex_slot_get().
 */
void rex_slot_hold(struct rex_slot *slot, void (*release)(struct rex_held *))
{
	WRITE_ONCE(slot->held.release, release);
	rex_hold(&slot->held);
}

/**
 * rex_slot_find - look up what the innermost invocation holds
 * @release: the kind
 * @id: as set before rex_slot_hold()
 *
 * Context: as rex_slot_get().
 * Return: NULL when it holds no such thing.
 */
struct rex_slot *rex_slot_find(void (*release)(struct rex_held *), u64 id)
{
	struct rex_held *held;

	for (held = rex_this_level()->held; held; held = held->next)
		if (held->release == release && rex_held_slot(held)->id == id)
			return rex_held_slot(held);
	return NULL;
}

/**
 * rex_slot_drop - forget a resource that the helper releases itself
 * @slot: of the innermost invocation
 *
 * Context: as rex_slot_get().
 */
void rex_slot_drop(struct rex_slot *slot)
{
	struct rex_held **link = &rex_this_level()->held;

	while (*link != &slot->held)
		link = &(*link)->next;
	*link = slot->held.next;
	WRITE_ONCE(slot->held.release, NULL);
	this_cpu_dec(rex_cpu.slow);
}

/**
 * rex_slot_held_by - whether any invocation on a CPU holds a resource
 * @cpu: which CPU
 * @release: the kind
 * @ptr: the resource
 *
 * The answer about another CPU may be out of date when it arrives.
 *
 * Context: any.
 * Return: whether it does.
 */
bool rex_slot_held_by(int cpu, void (*release)(struct rex_held *), const void *ptr)
{
	const struct rex_slot *slot = &(*per_cpu_ptr(&slots, cpu))[0][0];
	int i;

	for (i = 0; i < REX_MAX_LEVELS * REX_MAX_HELD; i++)
		if (READ_ONCE(slot[i].held.release) == release && READ_ONCE(slot[i].ptr) == ptr)
			return true;
	return false;
}
