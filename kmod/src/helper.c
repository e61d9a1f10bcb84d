// SPDX-License-Identifier: GPL-2.0-only
/* Helpers without a file of their own. */
#include <linux/smp.h>
#include <linux/timekeeping.h>

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
 */
u32 rex_smp_processor_id(void)
{
	return smp_processor_id();
}
EXPORT_SYMBOL_GPL(rex_smp_processor_id);
