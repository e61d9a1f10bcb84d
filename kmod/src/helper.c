// SPDX-License-Identifier: GPL-2.0-only
/* Helpers without a file of their own. */
#include <linux/jiffies.h>
#include <linux/prandom.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>
#include <linux/topology.h>

#include "rex.h"

/**
 * rex_log - write a log record
 * @level: the program's own log level
 * @text: not zero-terminated; what exceeds REX_MAX_MESSAGE is cut
 * @len: bytes of @text
 *
 * Context: any in which a program runs; called by compiled code only.
 */
void rex_log(u32 level, void *text, u64 len)
{
	struct rex_event *ev = rex_event_begin(REX_EVENT_LOG);

	if (!ev)
		return;
	ev->log_level = level;
	rex_event_program(ev, rex_this_level());
	rex_event_text(ev, text, len);
	rex_event_commit(ev);
}
EXPORT_SYMBOL_GPL(rex_log);

/**
 * rex_ktime_get_ns - CLOCK_MONOTONIC in nanoseconds
 *
 * Context: any, NMI included.
 * Return: nanoseconds.
 */
u64 rex_ktime_get_ns(void)
{
	return ktime_get_mono_fast_ns();
}
EXPORT_SYMBOL_GPL(rex_ktime_get_ns);

/**
 * rex_smp_processor_id - the number of this CPU
 *
 * Context: any in which a program runs: preemption is off.
 * Return: the number.
 */
u32 rex_smp_processor_id(void)
{
	return smp_processor_id();
}
EXPORT_SYMBOL_GPL(rex_smp_processor_id);

/**
 * rex_numa_node_id - the NUMA node of this CPU
 *
 * Context: any in which a program runs: preemption is off.
 * Return: the node.
 */
u32 rex_numa_node_id(void)
{
	return numa_node_id();
}
EXPORT_SYMBOL_GPL(rex_numa_node_id);

/**
 * rex_ktime_get_boot_ns - CLOCK_BOOTTIME in nanoseconds
 *
 * Context: any, NMI included.
 * Return: nanoseconds.
 */
u64 rex_ktime_get_boot_ns(void)
{
	return ktime_get_boot_fast_ns();
}
EXPORT_SYMBOL_GPL(rex_ktime_get_boot_ns);

/**
 * rex_ktime_get_coarse_ns - CLOCK_MONOTONIC_COARSE in nanoseconds
 *
 * The coarse clock is read in a loop that ends when nobody writes it. The
 * writer has interrupts off and may be who we interrupted; then it is the
 * precise clock, which is read without waiting.
 *
 * Context: any, NMI included.
 * Return: nanoseconds.
 */
u64 rex_ktime_get_coarse_ns(void)
{
	if (in_nmi() || irqs_disabled())
		return ktime_get_mono_fast_ns();
	return ktime_get_coarse_ns();
}
EXPORT_SYMBOL_GPL(rex_ktime_get_coarse_ns);

/**
 * rex_jiffies64 - the kernel's tick counter
 *
 * Context: any.
 * Return: ticks.
 */
u64 rex_jiffies64(void)
{
	return get_jiffies_64();
}
EXPORT_SYMBOL_GPL(rex_jiffies64);

static DEFINE_PER_CPU(struct rnd_state, rex_rnd_state);

/**
 * rex_random_init - seed the pseudo-random numbers
 *
 * Context: process.
 */
void rex_random_init(void)
{
	prandom_seed_full_state(&rex_rnd_state);
}

/**
 * rex_get_prandom_u32 - a pseudo-random number
 *
 * The kernel's own random numbers take a lock. An interrupt that draws from
 * the same state in between makes two draws alike, no more.
 *
 * Context: any, NMI included; preemption is off.
 * Return: the number.
 */
u32 rex_get_prandom_u32(void)
{
	return prandom_u32_state(this_cpu_ptr(&rex_rnd_state));
}
EXPORT_SYMBOL_GPL(rex_get_prandom_u32);
