// SPDX-License-Identifier: GPL-2.0-only
/* The perf event whose sample a program runs on, and those in maps. */
#include <linux/perf_event.h>
#include <linux/sched/clock.h>
#include <linux/string.h>

#include "rex_res.h"

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
 * spread over several, -EINVAL when there is none, with @dst zeroed.
 */
u64 rex_perf_event_counter(void *ctx, void *dst)
{
	const struct bpf_perf_event_data_kern *data = ctx;
	struct perf_event *event = data->event;
	struct counter *c = dst;
	unsigned long flags;
	u64 delta;

	memset(c, 0, sizeof(*c));
	if (!event)
		return (s64)-EINVAL;	/* a test run */
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

/* A sample's size is a 16-bit number; this leaves room for what is around it. */
#define OUTPUT_MAX 0xf000

/**
 * rex_perf_output - write a sample
 * @ctx: the program's context
 * @desc: struct rex_map_desc of a registered extension, of a perf event array
 * @flags: the index, or BPF_F_CURRENT_CPU; of packets, in the upper half, how
 *	many bytes of the packet to append
 * @data: the sample
 * @size: its size in bytes
 *
 * Context: any in which a program runs; called by compiled code only.
 * Return: 0; -ENOENT when there is no event at the index, -EOPNOTSUPP when it is
 * one of another CPU, -E2BIG for a sample or an index that is too large, -EFAULT
 * when the packet is shorter, -EINVAL, -ENOSPC.
 */
u64 rex_perf_output(void *ctx, void *desc, u64 flags, void *data, u64 size)
{
	u64 map = (uintptr_t)rex_desc_map(desc);
	u64 from = (uintptr_t)data, at = (uintptr_t)ctx;

	if (size > OUTPUT_MAX || (flags >> 32) > OUTPUT_MAX - size)
		return (s64)-E2BIG;
	switch (rex_this_level()->prog->type) {
	case REX_PROGRAM_XDP:
		return rex_bpf_call(bpf_xdp_event_output, at, map, flags, from, size);
	case REX_PROGRAM_TC:
		return rex_bpf_call(bpf_skb_event_output, at, map, flags, from, size);
	case REX_PROGRAM_KPROBE:
	case REX_PROGRAM_KRETPROBE:
		return rex_bpf_call(bpf_perf_event_output, at, map, flags, from, size);
	case REX_PROGRAM_TRACEPOINT:
	case REX_PROGRAM_PERF_EVENT:
		/* Both contexts begin with the address of the registers. */
		return rex_bpf_call(bpf_perf_event_output_tp, at, map, flags, from, size);
	}
	return (s64)-EOPNOTSUPP;
}
EXPORT_SYMBOL_GPL(rex_perf_output);

/**
 * rex_perf_read - read a counter of a perf event array
 * @desc: struct rex_map_desc of a registered extension, of a perf event array
 * @flags: the index, or BPF_F_CURRENT_CPU
 * @dst: three u64: the count, and for how many nanoseconds the event has been
 *	enabled and counting
 *
 * Context: any in which a program runs; called by compiled code only.
 * Return: 0; -ENOENT when there is no event at the index, -EINVAL when it is one
 * of another CPU, -E2BIG for an index that is too large; @dst is zeroed then.
 */
u64 rex_perf_read(void *desc, u64 flags, void *dst)
{
	return rex_bpf_call(bpf_perf_event_read_value, (uintptr_t)rex_desc_map(desc), flags,
			    (uintptr_t)dst, sizeof(struct bpf_perf_event_value), 0);
}
EXPORT_SYMBOL_GPL(rex_perf_read);
