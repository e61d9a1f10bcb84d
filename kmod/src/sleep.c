// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that may sleep on PREEMPT_RT. There spinlock_t is a lock that sleeps, and
 * so do the memory allocator and queues, which the kernel's own functions for
 * packets use: TC and XDP are entered with preemption on for that.
 *
 * A program's level is on its CPU, so preemption is off while it runs. For such a
 * call it is on again. This is safe because at most one task of a CPU sleeps in
 * its invocation:
 *
 * - The task stays on the CPU: migration is off, which the network stack does
 *   when it turns softirqs off.
 * - Other tasks' invocations meanwhile nest as those of interrupts do, and leave
 *   rex_cpu as it was before the task goes on. They end before another task runs,
 *   because rex_sleep_begin refuses a second task of the CPU.
 * - The sleeper itself may run programs inside the call, such as that of the
 *   interface to which it sends. They end before the call returns.
 *
 * The network stack does not let a second task in, either: it holds the CPU's
 * softirq lock.
 */
#include <linux/preempt.h>
#include <linux/sched.h>

#include "rex_res.h"

#ifdef CONFIG_PREEMPT_RT

/* Whether the innermost invocation's is the only reason not to sleep. */
static bool may_sleep(const struct rex_level *level)
{
#ifdef CONFIG_SMP
	if (!current->migration_disabled)
		return false;
#endif
	/* rex_enter's general path has turned preemption off, once. */
	return level->saved && preempt_count() == PREEMPT_DISABLE_OFFSET && !irqs_disabled();
}

/* Whether another task of this CPU is in such a call. */
static bool taken(void)
{
	const struct rex_cpu *cpu = this_cpu_ptr(&rex_cpu);
	u32 i;

	for (i = 0; i <= cpu->top; i++)
		if (cpu->level[i].sleeper && cpu->level[i].sleeper != current)
			return true;
	return false;
}

/**
 * rex_sleep_begin - let the innermost invocation sleep
 *
 * Nothing of rex_cpu, and nothing that belongs to the level, may be touched
 * before rex_sleep_end().
 *
 * Context: any in which a program runs; called by helpers.
 * Return: 0, or -EBUSY when it must not: interrupts are off, as with a lock held,
 * or the hook runs with preemption off, or a task that this one has preempted is
 * in such a call.
 */
int rex_sleep_begin(void)
{
	struct rex_level *level = rex_this_level();

	if (!may_sleep(level) || taken())
		return -EBUSY;
	WRITE_ONCE(level->sleeper, current);
	preempt_enable();
	return 0;
}

/**
 * rex_sleep_end - undo rex_sleep_begin
 *
 * Context: where that returned 0.
 */
void rex_sleep_end(void)
{
	preempt_disable();
	WRITE_ONCE(rex_this_level()->sleeper, NULL);
}

#endif /* CONFIG_PREEMPT_RT */
