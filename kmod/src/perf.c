// SPDX-License-Identifier: GPL-2.0-only
/* The perf event whose sample a program runs on. */
#include <linux/perf_event.h>
#include <linux/sched/clock.h>
#include <linux/string.h>

#include "rex.h"

/* What a program gets: struct bpf_perf_event_value. */
struct counter {
	u64 value, enabled, running;
};

/**
 * rex_perf_event_counter - read the event's counter
 * @ctx: the program's context, a struct bpf_perf_event_data_kern
 * @dst: three u64: the count, and for how many nanoseconds the event has been
 *	enabled and counting
 *
 * The event has just overflowed on this CPU, so it is active here and its PMU
 * may be asked. perf_event_read_local(), which does the same, is not exported.
 *
 * Context: an overflow handler, interrupts off or NMI.
 * Return: 0; -EOPNOTSUPP for an event that tasks inherit, whose count is
 * spread over several, with @dst zeroed.
 */
u64 rex_perf_event_counter(void *ctx, void *dst)
{
	const struct bpf_perf_event_data_kern *data = ctx;
	struct perf_event *event = data->event;
	struct counter *c = dst;
	unsigned long flags;
	u64 delta;

	memset(c, 0, sizeof(*c));
	if (event->attr.inherit)
		return (s64)-EOPNOTSUPP;
	local_irq_save(flags);
	if (event->oncpu == smp_processor_id())
		event->pmu->read(event);
	c->value = local64_read(&event->count);
	/* __perf_update_times() in kernel/events/core.c, for an active event. */
	delta = local_clock() + READ_ONCE(event->ctx->timeoffset) - event->tstamp;
	c->enabled = event->total_time_enabled + delta;
	c->running = event->total_time_running + delta;
	local_irq_restore(flags);
	return 0;
}
EXPORT_SYMBOL_GPL(rex_perf_event_counter);
