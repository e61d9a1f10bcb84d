// SPDX-License-Identifier: GPL-2.0-only
/* The event ring, through the interface that panics and helpers use. */
#include <linux/preempt.h>

#include "selftest.h"

static bool write_one(u32 kind, const char *text, u64 len, u64 *seq)
{
	struct rex_event *ev;

	preempt_disable();
	ev = rex_event_begin(kind);
	if (ev) {
		rex_event_text(ev, text, len);
		*seq = ev->seq;
		rex_event_commit(ev);
	}
	preempt_enable();
	return ev;
}

static bool test_ring(void)
{
	static const char text[REX_MAX_MESSAGE + 8];
	u64 first, seq;
	int i;

	REX_EXPECT(write_one(REX_EVENT_LOG, "x", 1, &first));
	/* Round the ring: numbers go on without a gap, no slot stays claimed. */
	for (i = 1; i < 5000; i++) {
		REX_EXPECT(write_one(REX_EVENT_LOG, text, sizeof(text), &seq));
		REX_EXPECT(seq == first + i);
	}
	return true;
}

/*
 * A writer interrupted in its record: the one that comes round to the same
 * slot is dropped, all others pass, and the first can still finish.
 */
static bool test_interrupted(void)
{
	struct rex_event *outer;
	int i, dropped = 0;
	u64 seq = 0;

	preempt_disable();
	outer = rex_event_begin(REX_EVENT_PANIC);
	for (i = 0; outer && i < 1500; i++)
		if (!write_one(REX_EVENT_LOG, "x", 1, &seq))
			dropped++;
	if (outer)
		rex_event_commit(outer);
	preempt_enable();
	REX_EXPECT(outer);
	REX_EXPECT(dropped == 1);
	return true;
}

/**
 * rex_selftest_event - the ring of events, written and read
 *
 * Context: task, may sleep; before there is any reader.
 * Return: whether it works.
 */
bool rex_selftest_event(void)
{
	bool ok;

	if (rex_events_init())
		return false;
	ok = test_ring() && test_interrupted();
	rex_events_exit();
	return ok;
}
