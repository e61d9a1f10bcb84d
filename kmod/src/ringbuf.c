// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ring buffers. The kernel's functions for them are BPF helpers that it does
 * not export (bpf_helper.c).
 *
 * Compiled code never gets the address of a record: after submission, or when
 * the ring comes round, that memory holds the header of another record, which
 * the kernel trusts. It fills memory of its own and hands it over on
 * submission.
 */
#include <linux/string.h>

#include "rex_res.h"

/* The next reservation's handle; 0 is none. */
static DEFINE_PER_CPU(u64, last_handle);

static void discard(struct rex_held *held)
{
	struct rex_slot *slot = rex_held_slot(held);

	rex_bpf_call(bpf_ringbuf_discard, (uintptr_t)slot->ptr, 0, 0, 0, 0);
}

/**
 * rex_ringbuf_reserve - reserve a record
 * @desc: struct rex_map_desc of a registered extension, of a ring buffer
 * @size: of the record, in bytes
 *
 * The invocation holds the record until it is submitted or discarded;
 * whatever is left at its end is discarded. Holding too much is a panic.
 *
 * Context: any in which a program runs; called by compiled code only. In NMI
 * context it fails when the ring is being written to on any CPU.
 * Return: a handle, 0 when there is no room.
 */
u64 rex_ringbuf_reserve(void *desc, u64 size)
{
	struct rex_slot *slot = rex_slot_get();
	struct rex_caller caller;
	u64 sample;

	REX_CALLER(&caller);
	if (!slot)
		rex_helper_panic(&caller, REX_PANIC_HELPER, "too many resources held");
	sample = rex_bpf_call(bpf_ringbuf_reserve, (uintptr_t)rex_desc_map(desc), size, 0, 0, 0);
	if (!sample)
		return 0;
	slot->ptr = (void *)(uintptr_t)sample;
	slot->id = this_cpu_inc_return(last_handle);
	slot->size = size;
	rex_slot_hold(slot, discard);
	return slot->id;
}
EXPORT_SYMBOL_GPL(rex_ringbuf_reserve);

/**
 * rex_ringbuf_submit - publish a reserved record
 * @handle: from rex_ringbuf_reserve() in this invocation; another is a panic
 * @data: the record's contents
 * @size: as reserved; another is a panic
 * @flags: BPF_RB_NO_WAKEUP, BPF_RB_FORCE_WAKEUP or 0
 *
 * Context: any in which a program runs; called by compiled code only.
 */
void rex_ringbuf_submit(u64 handle, void *data, u64 size, u64 flags)
{
	struct rex_slot *slot = rex_slot_find(discard, handle);
	struct rex_caller caller;
	void *sample;

	REX_CALLER(&caller);
	if (!slot || slot->size != size)
		rex_helper_panic(&caller, REX_PANIC_HELPER, "submit of a record that is not reserved");
	sample = slot->ptr;
	memcpy(sample, data, size);
	rex_slot_drop(slot);
	rex_bpf_call(bpf_ringbuf_submit, (uintptr_t)sample, flags, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(rex_ringbuf_submit);

/**
 * rex_ringbuf_discard - give a reserved record back
 * @handle: from rex_ringbuf_reserve() in this invocation; another is a panic
 *
 * Context: any in which a program runs; called by compiled code only.
 */
void rex_ringbuf_discard(u64 handle)
{
	struct rex_slot *slot = rex_slot_find(discard, handle);
	struct rex_caller caller;
	void *sample;

	REX_CALLER(&caller);
	if (!slot)
		rex_helper_panic(&caller, REX_PANIC_HELPER, "discard of a record that is not reserved");
	sample = slot->ptr;
	rex_slot_drop(slot);
	rex_bpf_call(bpf_ringbuf_discard, (uintptr_t)sample, 0, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(rex_ringbuf_discard);

/**
 * rex_ringbuf_output - reserve, fill and submit in one step
 * @desc: struct rex_map_desc of a registered extension, of a ring buffer
 * @data: the record's contents
 * @size: in bytes
 * @flags: BPF_RB_NO_WAKEUP, BPF_RB_FORCE_WAKEUP or 0
 *
 * Context: any in which a program runs; called by compiled code only.
 * Return: 0, -EAGAIN when there is no room, -EINVAL.
 */
u64 rex_ringbuf_output(void *desc, void *data, u64 size, u64 flags)
{
	return rex_bpf_call(bpf_ringbuf_output, (uintptr_t)rex_desc_map(desc),
			    (uintptr_t)data, size, flags, 0);
}
EXPORT_SYMBOL_GPL(rex_ringbuf_output);
