// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an invocation holds. Every helper that acquires a kernel resource
 * records it here, so that it is given back whatever the program does: at a
 * normal return, a panic or a timeout.
 */
#include "rex.h"

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
		this_cpu_dec(rex_cpu.slow);
	}
}

asmlinkage void rex_release_this_level(void)
{
	rex_release_held(rex_this_level());
}
