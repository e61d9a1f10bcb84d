// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stack traces of compiled code, by frame pointer. The kernel's own unwinder
 * knows neither the program stack nor the compiled code.
 */
#include "rex.h"

static bool in_text(const struct rex_stack_range *range, unsigned long ip)
{
	return ip >= range->text_start && ip < range->text_end;
}

static bool in_stack(const struct rex_stack_range *range, unsigned long addr, size_t size)
{
	return IS_ALIGNED(addr, sizeof(long)) && addr >= range->low &&
	       addr < range->high && range->high - addr >= size;
}

static void add_frame(struct rex_event *ev, u64 offset)
{
	const u32 inner = REX_MAX_FRAMES - REX_MAX_OUTER_FRAMES;

	if (ev->total_frames < REX_MAX_FRAMES) {
		ev->frames[ev->total_frames] = offset;
	} else {
		memmove(&ev->frames[inner], &ev->frames[inner + 1],
			(REX_MAX_OUTER_FRAMES - 1) * sizeof(ev->frames[0]));
		ev->frames[REX_MAX_FRAMES - 1] = offset;
	}
	ev->total_frames++;
	ev->num_frames = min_t(u32, ev->total_frames, REX_MAX_FRAMES);
}

/**
 * rex_unwind - write the frames of an invocation into an event
 * @ev: the event; its frames are appended to
 * @range: the program stack and the extension's text
 * @ip: innermost address; the trace is empty when it is not in the text
 * @fp: the frame pointer that belongs to it
 *
 * Reads only memory in @range, whatever the frames hold: each frame pointer
 * must lie in the stack, above the one before, so the walk ends. It ends
 * where the compiled code ends, at the return address into the trampoline.
 *
 * Context: any.
 */
void rex_unwind(struct rex_event *ev, const struct rex_stack_range *range,
		unsigned long ip, unsigned long fp)
{
	/* A call that ends the text returns to the first byte behind it. */
	while (in_text(range, ip) || ip == range->text_end) {
		const unsigned long *frame = (const unsigned long *)fp;

		add_frame(ev, ip - range->text_start);
		if (!in_stack(range, fp, 2 * sizeof(long)))
			break;
		ip = frame[1];
		fp = frame[0] > fp ? frame[0] : 0;
	}
}

/* A jump out of the text: to a return thunk, or a tail call through one. */
static bool leaves_text(const struct rex_stack_range *range, unsigned long ip)
{
	const unsigned long len = 5;
	s32 rel;

	if (range->text_end - ip < len || *(const u8 *)ip != 0xe9)
		return false;
	memcpy(&rel, (const void *)(ip + 1), sizeof(rel));
	return !in_text(range, ip + len + rel);
}

static bool has_bytes(const struct rex_stack_range *range, unsigned long ip,
		      const void *bytes, unsigned long len)
{
	return range->text_end - ip >= len && !memcmp((const void *)ip, bytes, len);
}

/**
 * rex_unwind_prologue - find a caller that the frame pointer does not show
 * @range: the program stack and the extension's text
 * @ip: the interrupted address
 * @sp: the interrupted stack pointer
 * @ret: set to the caller's address on success
 *
 * Between a function's entry and its `mov %rsp, %rbp`, and at its return, the
 * frame pointer is still, or again, the caller's, and the return address is
 * at a known place. All of these instructions are recognised by their bytes
 * at @ip.
 *
 * Context: any.
 * Return: whether @ip is such an instruction and the return address is in
 * the text.
 */
bool rex_unwind_prologue(const struct rex_stack_range *range, unsigned long ip,
			 unsigned long sp, unsigned long *ret)
{
	static const u8 endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	static const u8 push_rbp[] = { 0x55 };
	static const u8 mov_rsp_rbp[] = { 0x48, 0x89, 0xe5 };
	static const u8 near_ret[] = { 0xc3 };

	if (!in_text(range, ip))
		return false;
	if (has_bytes(range, ip, mov_rsp_rbp, sizeof(mov_rsp_rbp)))
		sp += sizeof(long);
	else if (!has_bytes(range, ip, endbr64, sizeof(endbr64)) &&
		 !has_bytes(range, ip, push_rbp, sizeof(push_rbp)) &&
		 !has_bytes(range, ip, near_ret, sizeof(near_ret)) &&
		 !leaves_text(range, ip))
		return false;
	if (!in_stack(range, sp, sizeof(long)))
		return false;
	*ret = *(const unsigned long *)sp;
	return in_text(range, *ret);
}
