// SPDX-License-Identifier: GPL-2.0-only
/* Traces of made-up stacks, sound and damaged. */
#include <linux/slab.h>

#include "selftest.h"

#define WORDS 128

struct fixture {
	struct rex_stack_range range;
	unsigned long stack[WORDS];
	u8 text[64];
	struct rex_event ev;
};

static void reset(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->range.low = (unsigned long)f->stack;
	f->range.high = (unsigned long)(f->stack + WORDS);
	f->range.text_start = (unsigned long)f->text;
	f->range.text_end = (unsigned long)(f->text + sizeof(f->text));
}

static unsigned long slot(struct fixture *f, int i)
{
	return (unsigned long)&f->stack[i];
}

/* n frames of two words, the last of which returns out of the text. */
static void chain(struct fixture *f, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		f->stack[2 * i] = slot(f, 2 * i + 2);
		f->stack[2 * i + 1] = f->range.text_start + 1 + i;
	}
	f->stack[2 * (n - 1)] = 0xdead;
	f->stack[2 * (n - 1) + 1] = f->range.text_end + 1;
}

static bool test_chain(struct fixture *f)
{
	reset(f);
	chain(f, 3);
	rex_unwind(&f->ev, &f->range, f->range.text_start, slot(f, 0));
	REX_EXPECT(f->ev.num_frames == 3 && f->ev.total_frames == 3);
	REX_EXPECT(f->ev.frames[0] == 0 && f->ev.frames[1] == 1 && f->ev.frames[2] == 2);
	return true;
}

static bool test_long(struct fixture *f)
{
	const int n = 60, inner = REX_MAX_FRAMES - REX_MAX_OUTER_FRAMES;
	int i;

	reset(f);
	chain(f, n);
	rex_unwind(&f->ev, &f->range, f->range.text_start, slot(f, 0));
	REX_EXPECT(f->ev.total_frames == n && f->ev.num_frames == REX_MAX_FRAMES);
	for (i = 0; i < inner; i++)
		REX_EXPECT(f->ev.frames[i] == i);
	for (; i < REX_MAX_FRAMES; i++)
		REX_EXPECT(f->ev.frames[i] == n - REX_MAX_FRAMES + i);
	return true;
}

static bool test_damaged(struct fixture *f)
{
	unsigned long ip;

	/* Frame pointers that do not point into the stack, or backwards. */
	reset(f);
	ip = f->range.text_start;
	rex_unwind(&f->ev, &f->range, ip, 0);
	REX_EXPECT(f->ev.num_frames == 1);
	reset(f);
	rex_unwind(&f->ev, &f->range, ip, f->range.high - sizeof(long));
	REX_EXPECT(f->ev.num_frames == 1);
	reset(f);
	rex_unwind(&f->ev, &f->range, ip, slot(f, 0) + 1);
	REX_EXPECT(f->ev.num_frames == 1);
	reset(f);
	chain(f, 4);
	f->stack[2] = slot(f, 0);
	rex_unwind(&f->ev, &f->range, ip, slot(f, 0));
	REX_EXPECT(f->ev.num_frames == 3);
	reset(f);
	rex_unwind(&f->ev, &f->range, f->range.text_end + 1, slot(f, 0));
	REX_EXPECT(f->ev.num_frames == 0);
	/* The return address of a call that ends the text. */
	reset(f);
	chain(f, 1);
	rex_unwind(&f->ev, &f->range, f->range.text_end, slot(f, 0));
	REX_EXPECT(f->ev.num_frames == 1 && f->ev.frames[0] == sizeof(f->text));
	return true;
}

static bool test_prologue(struct fixture *f)
{
	static const u8 mov[] = { 0x48, 0x89, 0xe5 };
	static const u8 endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	static const u8 jmp_out[] = { 0xe9, 0x00, 0x10, 0x00, 0x00 };
	unsigned long ip, ret;

	reset(f);
	ip = f->range.text_start;
	f->stack[4] = 0x1234;
	f->stack[5] = ip + 7;
	REX_EXPECT(!rex_unwind_prologue(&f->range, ip, slot(f, 5), &ret));
	f->text[0] = 0x55;
	REX_EXPECT(rex_unwind_prologue(&f->range, ip, slot(f, 5), &ret) && ret == ip + 7);
	REX_EXPECT(!rex_unwind_prologue(&f->range, ip, slot(f, 4), &ret));
	REX_EXPECT(!rex_unwind_prologue(&f->range, ip, f->range.high, &ret));
	memcpy(f->text, mov, sizeof(mov));
	REX_EXPECT(rex_unwind_prologue(&f->range, ip, slot(f, 4), &ret) && ret == ip + 7);
	memcpy(f->text, endbr, sizeof(endbr));
	REX_EXPECT(rex_unwind_prologue(&f->range, ip, slot(f, 5), &ret) && ret == ip + 7);
	memcpy(f->text, jmp_out, sizeof(jmp_out));
	REX_EXPECT(rex_unwind_prologue(&f->range, ip, slot(f, 5), &ret) && ret == ip + 7);
	f->text[2] = 0;	/* a jump to the next instruction, in the text */
	REX_EXPECT(!rex_unwind_prologue(&f->range, ip, slot(f, 5), &ret));
	/* An instruction cut off by the end of the text. */
	f->text[sizeof(f->text) - 1] = 0xf3;
	REX_EXPECT(!rex_unwind_prologue(&f->range, f->range.text_end - 1, slot(f, 5), &ret));
	return true;
}

/**
 * rex_selftest_unwind - the walker on made-up stacks
 *
 * Context: task, may sleep.
 * Return: whether it finds the frames, and leaves bad ones alone.
 */
bool rex_selftest_unwind(void)
{
	struct fixture *f = kzalloc(sizeof(*f), GFP_KERNEL);
	bool ok;

	if (!f)
		return false;
	ok = test_chain(f) && test_long(f) && test_damaged(f) && test_prologue(f);
	kfree(f);
	return ok;
}
