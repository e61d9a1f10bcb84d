// SPDX-License-Identifier: GPL-2.0-only
/*
 * A storm of interrupts that are aimed at the dispatcher, the entries of helpers
 * and the way out of a panic: before each run of a short program a timer is set
 * to a random moment of that run. Where the clock counts instructions
 * (rex vm -icount), every instruction is hit.
 */
#include <linux/bitmap.h>
#include <linux/hrtimer.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <asm/irq_regs.h>

#include "selftest.h"

static unsigned int storm = 20000;
module_param(storm, uint, 0444);
MODULE_PARM_DESC(storm, "how often a program is interrupted at a random moment");

/* How many runs take the time that is measured to know a run's. */
#define SAMPLE 256

#define PANICS 1
#define NESTS 2

/**
 * struct selftest_weather - the context of the programs storm and gust
 * @what: PANICS, NESTS
 * @lock: taken and released, or held at the panic
 */
struct selftest_weather {
	u64 what;
	u32 *lock;
};

void selftest_inner(struct selftest_weather *ctx);

static u32 locks[2];
static struct hrtimer timer;
static struct rnd_state rnd;

/* The timer's delay; the mean of those that hit a run, and how far they differ. */
static s64 delay, mean, deviation;

static struct {
	u64 runs, interrupts, inside, nested, panics, wrong;
} seen;

/* The addresses of dispatch.S and polled.S at which an interrupt came. */
#define MAX_TEXT 4096
static DECLARE_BITMAP(hit_dispatch, MAX_TEXT);
static DECLARE_BITMAP(hit_polled, MAX_TEXT);

static void mark(unsigned long *hit, unsigned long ip, unsigned long start)
{
	if (ip >= start && ip - start < MAX_TEXT)
		set_bit(ip - start, hit);
}

/**
 * selftest_inner - a helper of both programs, which may run another one
 * @ctx: says whether
 *
 * Context: any in which a program runs; called by programs.S.
 */
void selftest_inner(struct selftest_weather *ctx)
{
	if (!(ctx->what & NESTS))
		return;
	seen.nested++;
	if (selftest_call(selftest_return, NULL) != SELFTEST_DONE)
		seen.wrong++;
}

static u32 expected(const struct selftest_weather *ctx)
{
	return ctx->what & PANICS ? SELFTEST_DEFAULT : SELFTEST_DONE;
}

static void decide(struct selftest_weather *ctx)
{
	u32 r = prandom_u32_state(&rnd);

	ctx->what = (r & 15 ? 0 : PANICS) | (r & 0x70 ? 0 : NESTS);
}

static enum hrtimer_restart interrupt(struct hrtimer *t)
{
	const struct rex_prog_desc *outer = this_cpu_read(rex_cpu.level[0].prog);
	struct selftest_weather ctx = { .lock = &locks[1] };
	struct pt_regs *regs = get_irq_regs();

	seen.interrupts++;
	if (outer) {
		seen.inside++;
		mean += (delay - mean) / 8;
		deviation += (abs(delay - mean) - deviation) / 8;
	}
	if (regs) {
		mark(hit_dispatch, regs->ip, (unsigned long)rex_enter_plain);
		mark(hit_polled, regs->ip, (unsigned long)rex_poll);
	}
	/* What is on level 0 is this program, or it is free. */
	if (outer && outer != &selftest_progs[SELFTEST_STORM])
		seen.wrong++;
	ctx.what = seen.interrupts & 7 ? 0 : PANICS;
	if (selftest_call(selftest_gust, &ctx) != expected(&ctx))
		seen.wrong++;
	if (selftest_call(selftest_storm, &ctx) != (outer ? SELFTEST_DEFAULT : expected(&ctx)))
		seen.wrong++;
	return HRTIMER_NORESTART;
}

static u32 run(struct selftest_weather *ctx, bool preemptible)
{
	u32 verdict;

	if (preemptible)
		return selftest_call(selftest_storm, ctx);
	preempt_disable();
	verdict = selftest_call(selftest_storm, ctx);
	preempt_enable();
	return verdict;
}

/* A delay that will probably hit a run, or, every eighth time, any. */
static s64 aim(s64 spread)
{
	u32 r = prandom_u32_state(&rnd);
	s64 low = 0;

	if (mean && r & 7) {
		s64 half = 2 * deviation + 64;

		low = max(mean - half, 0LL);
		spread = 2 * half;
	}
	return low + prandom_u32_state(&rnd) % (u32)min_t(s64, spread, U32_MAX);
}

/* Timers count in steps of several instructions: begin in between. */
static void jitter(void)
{
	u32 n = prandom_u32_state(&rnd) & 31;

	while (n--)
		asm volatile("nop");
}

static bool test_storm(void)
{
	struct selftest_weather ctx = { .lock = &locks[0] };
	u64 start;
	s64 spread;
	unsigned int i;

	start = ktime_get_ns();
	for (i = 0; i < SAMPLE; i++)
		REX_EXPECT(run(&ctx, i & 1) == SELFTEST_DONE);
	/* The timer itself takes a while to come. */
	spread = 4 * div_u64(ktime_get_ns() - start, SAMPLE) + 4000;
	for (i = 0; i < storm; i++) {
		delay = aim(spread);
		decide(&ctx);
		seen.runs++;
		if (ctx.what & PANICS)
			seen.panics++;
		hrtimer_start(&timer, ns_to_ktime(delay), HRTIMER_MODE_REL_PINNED_HARD);
		jitter();
		REX_EXPECT(run(&ctx, i & 1) == expected(&ctx));
		hrtimer_cancel(&timer);
		REX_EXPECT(!seen.wrong);
		REX_EXPECT(selftest_idle());
		REX_EXPECT(!READ_ONCE(locks[0]) && !READ_ONCE(locks[1]));
		cond_resched();
	}
	pr_info("storm: %llu runs, %llu panics, %llu nested; %llu interrupts, %llu in a run, at %u and %u addresses of dispatcher and polls\n",
		seen.runs, seen.panics, seen.nested, seen.interrupts, seen.inside,
		bitmap_weight(hit_dispatch, MAX_TEXT), bitmap_weight(hit_polled, MAX_TEXT));
	REX_EXPECT(!storm || seen.inside);
	return true;
}

/**
 * rex_selftest_storm - interrupt short programs at random moments
 *
 * Context: process, may sleep; with the watchdog running.
 * Return: whether no state was lost.
 */
bool rex_selftest_storm(void)
{
	bool ok;

	selftest_progs[SELFTEST_STORM].budget_nanos = 60 * NSEC_PER_SEC;
	selftest_progs[SELFTEST_GUST].budget_nanos = 60 * NSEC_PER_SEC;
	prandom_seed_state(&rnd, 1);
	rex_hrtimer_setup(&timer, interrupt, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	/* The timer interrupts the CPU it was started on. */
	migrate_disable();
	ok = test_storm();
	migrate_enable();
	hrtimer_cancel(&timer);
	return ok;
}
