// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of the CPU around every invocation: what it is when the program
 * begins, it has to be again when the program has ended and what it held is
 * released, in whatever way it ended.
 */
#include <linux/lockdep.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "../include/rex_res.h"
#include "selftest.h"

/**
 * struct state - what an invocation must leave as it was
 * @cpu: it does not migrate
 * @preempt: preemption, softirq and interrupt nesting
 * @rcu: nesting of RCU read sides
 * @locks: held, as far as lockdep counts
 * @irqs_off: the interrupt flag
 * @slow: rex_cpu.slow, all held resources of all levels
 * @top: the level
 */
struct state {
	int cpu, preempt, rcu, locks;
	u32 irqs_off, slow, top;
};

static DEFINE_PER_CPU(struct state, before[REX_MAX_LEVELS]);
static atomic64_t checks, mismatches;
static char first[160];

static void look(struct state *s)
{
	s->cpu = raw_smp_processor_id();
	s->preempt = preempt_count();
	s->rcu = rcu_preempt_depth();
	s->locks = lockdep_depth(current);
	s->irqs_off = irqs_disabled();
	s->slow = this_cpu_read(rex_cpu.slow);
	s->top = this_cpu_read(rex_cpu.top);
}

/**
 * rex_state_enter - remember the state at a program's start
 *
 * Context: any in which a program runs; called by dispatch.S.
 */
asmlinkage void rex_state_enter(void)
{
	look(this_cpu_ptr(&before[this_cpu_read(rex_cpu.top)]));
	rex_depth_enter(rex_this_level());
}

/**
 * rex_state_leave - compare the state at its end
 *
 * Context: as rex_state_enter().
 */
asmlinkage void rex_state_leave(void)
{
	const struct rex_level *level = rex_this_level();
	struct state now, *then = this_cpu_ptr(&before[this_cpu_read(rex_cpu.top)]);

	look(&now);
	rex_depth_leave(level);
	atomic64_inc(&checks);
	if (!memcmp(&now, then, sizeof(now)) && !level->held && !level->ending && !rex_lock_held())
		return;
	if (atomic64_inc_return(&mismatches) == 1)
		snprintf(first, sizeof(first),
			 "%s: cpu %d %d, preempt %x %x, rcu %d %d, locks %d %d, irqs off %u %u, slow %u %u, top %u %u",
			 level->prog->name, then->cpu, now.cpu, then->preempt, now.preempt,
			 then->rcu, now.rcu, then->locks, now.locks,
			 then->irqs_off, now.irqs_off, then->slow, now.slow, then->top, now.top);
}

/**
 * rex_selftest_state - whether every invocation left the state as it was
 *
 * Context: process.
 * Return: whether there were any, and no mismatches.
 */
bool rex_selftest_state(void)
{
	if (!atomic64_read(&mismatches))
		return atomic64_read(&checks);
	pr_err("self-test: state changed by %s\n", first);
	return false;
}

static int get_count(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%lld\n", atomic64_read(kp->arg));
}

const struct kernel_param_ops selftest_count_ops = { .get = get_count };

module_param_cb(state_checks, &selftest_count_ops, &checks, 0444);
MODULE_PARM_DESC(state_checks, "how often the CPU's state was compared");
module_param_cb(state_mismatches, &selftest_count_ops, &mismatches, 0444);
MODULE_PARM_DESC(state_mismatches, "how often it had changed");
module_param_string(state_first, first, sizeof(first), 0444);
MODULE_PARM_DESC(state_first, "what had changed the first time");
