// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel with sanitizers must report. A test that finds no report means
 * something only if one would have been made, and noticed by whoever reads the
 * log: this makes one of each kind.
 */
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "selftest.h"

static bool provoke;
module_param(provoke, bool, 0444);
MODULE_PARM_DESC(provoke, "make every mistake that a kernel with sanitizers reports, and do not stay");

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static void __rcu *guarded;

static void sleep_in_atomic(void)
{
	preempt_disable();
	might_sleep();
	preempt_enable();
}

static void dereference_outside(void)
{
	(void)rcu_dereference(guarded);
}

/* Some pointers may survive in registers and on stacks. */
static void leak(void)
{
	int i;

	for (i = 0; i < 32; i++) {
		void *p = kmalloc(192, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(p);
	}
}

static void lock_in_both_orders(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static void use_after_free(void)
{
	int *p = kzalloc(sizeof(*p), GFP_KERNEL);

	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	if (p)
		WRITE_ONCE(*p, READ_ONCE(*p));
}

/**
 * rex_selftest_provoke - make the mistakes, if the parameter says so
 *
 * Lockdep stops at its first report, and at KASAN's.
 *
 * Context: process, may sleep.
 * Return: whether it did.
 */
bool rex_selftest_provoke(void)
{
	if (!provoke)
		return false;
	sleep_in_atomic();
	(void)smp_processor_id();
	dereference_outside();
	leak();
	lock_in_both_orders();
	use_after_free();
	return true;
}
