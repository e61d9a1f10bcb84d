// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stacks of what a program interrupted: the kernel's own walkers, started from
 * the hook's registers. They know nothing of program stacks, so they are never
 * started from here: a stack that is, or goes through, a program stack ends
 * there.
 */
#include <linux/perf_event.h>
#include <linux/ptrace.h>

#include "rex_res.h"

/*
 * The kernel walks stacks into buffers that exist while someone needs them: a
 * perf event that samples stacks, or a BPF map or program that does. Maps of
 * stacks bring their own; this event, which counts nothing, is for the
 * extensions that copy stacks. While it is there, the sysctl
 * kernel.perf_event_max_stack cannot be changed.
 */
static struct perf_event *callchains;
static unsigned int callchain_users;

/**
 * rex_callchains_get - have the kernel keep the buffers for walking stacks
 * @desc: the extension's descriptor, which tells whether it needs them
 *
 * Context: process, may sleep; under rex_ext_mutex.
 * Return: 0 or a negative errno.
 */
int rex_callchains_get(const struct rex_ext_desc *desc)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.size = sizeof(attr),
		.sample_type = PERF_SAMPLE_CALLCHAIN,
		.disabled = 1,
	};
	struct perf_event *event;

	if (!(desc->needs & REX_NEED_CALLCHAINS))
		return 0;
	if (callchain_users)
		goto out;
	event = perf_event_create_kernel_counter(&attr, cpumask_first(cpu_online_mask),
						 NULL, NULL, NULL);
	if (IS_ERR(event)) {
		pr_err("%s copies stacks, and the kernel refuses the perf event that keeps its buffers for them: %ld\n",
		       desc->name, PTR_ERR(event));
		return PTR_ERR(event);
	}
	callchains = event;
out:
	callchain_users++;
	return 0;
}

/**
 * rex_callchains_put - undo rex_callchains_get
 * @desc: what it was given; none of its programs runs any more
 *
 * Context: process, may sleep; under rex_ext_mutex.
 */
void rex_callchains_put(const struct rex_ext_desc *desc)
{
	if (!(desc->needs & REX_NEED_CALLCHAINS) || --callchain_users)
		return;
	perf_event_release_kernel(callchains);
	callchains = NULL;
}

/*
 * The registers of a tracepoint's caller. The kernel's (perf_fetch_caller_regs())
 * are an address and the frame of the function that took it; its walker would
 * begin at its own stack pointer, which is a program stack's now, and look for
 * that frame from there. The frame gives complete registers instead: it holds
 * the caller's frame pointer and, to tell that it is one, the address.
 */
static struct pt_regs *tracepoint_regs(const void *ctx, struct pt_regs *full)
{
	struct pt_regs *regs = *(struct pt_regs *const *)ctx;
	const unsigned long *frame = (const unsigned long *)regs->sp;

	if (user_mode(regs) || regs->flags & X86_EFLAGS_FIXED || frame[1] != regs->ip)
		return regs;
	memset(full, 0, sizeof(*full));
	full->ip = regs->ip;
	full->sp = (unsigned long)&frame[2];
	full->bp = frame[0];
	full->cs = __KERNEL_CS;
	full->ss = __KERNEL_DS;
	full->flags = X86_EFLAGS_FIXED;
	return full;
}

/*
 * Registers of a sample that the hardware took may belong to a point that is
 * past; walking from them goes astray (__perf_event_set_bpf_prog() in
 * kernel/events/core.c refuses such programs). Then there has to be a stack
 * in the sample.
 */
static bool sample_ok(const struct bpf_perf_event_data_kern *data)
{
	const struct perf_event_attr *attr = &data->event->attr;

	return !attr->precise_ip ||
	       (attr->sample_type & PERF_SAMPLE_CALLCHAIN &&
		!attr->exclude_callchain_kernel && !attr->exclude_callchain_user);
}

/**
 * rex_stack_id - store the stack of what the program interrupted
 * @ctx: the program's context
 * @desc: struct rex_map_desc of a registered extension, of a stack trace map
 * @flags: how many frames to skip, BPF_F_USER_STACK, BPF_F_FAST_STACK_CMP,
 *	BPF_F_REUSE_STACKID
 *
 * Context: any in which a program runs; called by compiled code only.
 * Return: the stack's id; -EFAULT when there is none, -EEXIST when another has
 * its place, -ENOMEM when the map is full, -EOPNOTSUPP for hooks that have no
 * registers.
 */
u64 rex_stack_id(void *ctx, void *desc, u64 flags)
{
	u64 map = (uintptr_t)rex_desc_map(desc);
	struct pt_regs full;

	switch (rex_this_level()->prog->type) {
	case REX_PROGRAM_KPROBE:
	case REX_PROGRAM_KRETPROBE:
		return rex_bpf_call(bpf_get_stackid, (uintptr_t)ctx, map, flags, 0, 0);
	case REX_PROGRAM_TRACEPOINT:
		return rex_bpf_call(bpf_get_stackid, (uintptr_t)tracepoint_regs(ctx, &full),
				    map, flags, 0, 0);
	case REX_PROGRAM_PERF_EVENT:
		if (sample_ok(ctx))
			return rex_bpf_call(bpf_get_stackid_pe, (uintptr_t)ctx, map, flags, 0, 0);
		break;
	}
	return (s64)-EOPNOTSUPP;
}
EXPORT_SYMBOL_GPL(rex_stack_id);

/**
 * rex_stack_copy - copy the stack of what the program interrupted
 * @ctx: the program's context
 * @dst: @size bytes of the program's memory
 * @size: a multiple of 8
 * @flags: how many frames to skip, BPF_F_USER_STACK
 *
 * Context: any in which a program runs; called by compiled code only.
 * Return: how many bytes of addresses there are; -EFAULT when there is no
 * stack, -EINVAL, -EOPNOTSUPP as above. The rest of @dst is zero then.
 */
u64 rex_stack_copy(void *ctx, void *dst, u64 size, u64 flags)
{
	struct pt_regs full;

	/* The kernel counts in 32 bits. No stack is as long as that. */
	if (size > REX_STACK_DEPTH * sizeof(u64)) {
		memset(dst + REX_STACK_DEPTH * sizeof(u64), 0,
		       size - REX_STACK_DEPTH * sizeof(u64));
		size = REX_STACK_DEPTH * sizeof(u64);
	}
	/* Not in the form with build ids, which the kernel has for user stacks. */
	if (flags & ~(u64)(BPF_F_SKIP_FIELD_MASK | BPF_F_USER_STACK)) {
		memset(dst, 0, size);
		return (s64)-EINVAL;
	}
	switch (rex_this_level()->prog->type) {
	case REX_PROGRAM_KPROBE:
	case REX_PROGRAM_KRETPROBE:
		return rex_bpf_call(bpf_get_stack, (uintptr_t)ctx, (uintptr_t)dst, size, flags, 0);
	case REX_PROGRAM_TRACEPOINT:
		return rex_bpf_call(bpf_get_stack, (uintptr_t)tracepoint_regs(ctx, &full),
				    (uintptr_t)dst, size, flags, 0);
	case REX_PROGRAM_PERF_EVENT:
		if (sample_ok(ctx))
			return rex_bpf_call(bpf_get_stack_pe, (uintptr_t)ctx, (uintptr_t)dst,
					    size, flags, 0);
		break;
	}
	memset(dst, 0, size);
	return (s64)-EOPNOTSUPP;
}
EXPORT_SYMBOL_GPL(rex_stack_copy);
