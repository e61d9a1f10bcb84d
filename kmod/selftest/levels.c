// SPDX-License-Identifier: GPL-2.0-only
/*
 * Four levels in the four kinds of context: a program in a task is interrupted
 * by one in a softirq, that by one in a hard interrupt, that by one in an NMI,
 * which tries to start a fifth. Each of them panics or does not. On PREEMPT_RT
 * softirqs are tasks, which do not interrupt a program: the first one calls the
 * second there.
 */
#include <linux/hrtimer.h>
#include <linux/preempt.h>
#include <linux/timekeeping.h>
#include <asm/nmi.h>

#include "selftest.h"

#define LEVELS 4
#define PATIENCE (20 * NSEC_PER_SEC)

u32 selftest_level(u32 n);

/* Whether the program of level n panics, and what came of it. */
static struct {
	u32 panics;
	bool ran[LEVELS], in_context[LEVELS];
	bool refused_fifth, refused_again;
	u32 verdict[LEVELS];
} run;

static struct hrtimer timers[LEVELS];

static void enter(u32 n, void (*trampoline)(void))
{
	run.verdict[n] = selftest_call(trampoline, NULL);
	WRITE_ONCE(run.ran[n], true);
}

static enum hrtimer_restart softirq(struct hrtimer *timer)
{
	enter(1, selftest_level1);
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart hardirq(struct hrtimer *timer)
{
	enter(2, selftest_level2);
	return HRTIMER_NORESTART;
}

static bool expect_nmi;

static int nmi(unsigned int type, struct pt_regs *regs)
{
	if (!expect_nmi)
		return NMI_DONE;
	expect_nmi = false;
	enter(3, selftest_level3);
	return NMI_HANDLED;
}

static void wait_for(u32 n)
{
	u64 until = ktime_get_mono_fast_ns() + PATIENCE;

	hrtimer_start(&timers[n], ns_to_ktime(20000),
		      n == 1 ? HRTIMER_MODE_REL_PINNED_SOFT : HRTIMER_MODE_REL_PINNED_HARD);
	while (!READ_ONCE(run.ran[n]) && ktime_get_mono_fast_ns() < until)
		cpu_relax();
}

/**
 * selftest_level - a helper of a level's program: has the next one run
 * @n: the level
 *
 * Context: that of the level; called by programs.S.
 * Return: whether to panic.
 */
u32 selftest_level(u32 n)
{
	if (n >= LEVELS)
		return 0;
	switch (n) {
	case 0:
		run.in_context[n] = in_task() && !irqs_disabled();
		if (IS_ENABLED(CONFIG_PREEMPT_RT))
			enter(1, selftest_level1);
		else
			wait_for(1);
		break;
	case 1:
		run.in_context[n] = IS_ENABLED(CONFIG_PREEMPT_RT) ?
				    in_task() : in_serving_softirq() && !in_hardirq();
		wait_for(2);
		break;
	case 2:
		run.in_context[n] = in_hardirq() && !in_nmi();
		expect_nmi = true;
		asm volatile("int $2" : : : "memory");
		break;
	case 3:
		run.in_context[n] = in_nmi();
		run.refused_fifth = selftest_call(selftest_level4, NULL) == SELFTEST_DEFAULT;
		run.refused_again = selftest_call(selftest_level0, NULL) == SELFTEST_DEFAULT;
		break;
	}
	return run.panics >> n & 1;
}

static bool test_levels(u32 panics, bool preemptible)
{
	u64 before = selftest_panics(), fifth = selftest_refused(SELFTEST_LEVEL4);
	u32 n;

	memset(&run, 0, sizeof(run));
	run.panics = panics;
	if (!preemptible)
		preempt_disable();
	enter(0, selftest_level0);
	if (!preemptible)
		preempt_enable();
	for (n = 0; n < LEVELS; n++) {
		REX_EXPECT(run.ran[n]);
		REX_EXPECT(run.in_context[n]);
		REX_EXPECT(run.verdict[n] == (panics >> n & 1 ? SELFTEST_DEFAULT : SELFTEST_DONE));
	}
	REX_EXPECT(run.refused_fifth && run.refused_again);
	REX_EXPECT(selftest_refused(SELFTEST_LEVEL4) == fifth + 1);
	REX_EXPECT(selftest_panics() == before + hweight32(panics));
	REX_EXPECT(selftest_idle());
	return true;
}

/**
 * rex_selftest_levels - nest programs four deep
 *
 * Context: process, may sleep; with the watchdog running.
 * Return: whether all tests passed.
 */
bool rex_selftest_levels(void)
{
	bool ok = true;
	u32 panics;
	int i;

	for (i = SELFTEST_LEVEL0; i <= SELFTEST_LEVEL4; i++)
		selftest_progs[i].budget_nanos = 2 * PATIENCE;
	rex_hrtimer_setup(&timers[1], softirq, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_SOFT);
	rex_hrtimer_setup(&timers[2], hardirq, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	if (register_nmi_handler(NMI_LOCAL, nmi, NMI_FLAG_FIRST, "rex_selftest"))
		return false;
	migrate_disable();
	for (panics = 0; ok && panics < 1 << LEVELS; panics++)
		ok = test_levels(panics, true) && test_levels(panics, false);
	migrate_enable();
	hrtimer_cancel(&timers[1]);
	hrtimer_cancel(&timers[2]);
	unregister_nmi_handler(NMI_LOCAL, "rex_selftest");
	return ok;
}
