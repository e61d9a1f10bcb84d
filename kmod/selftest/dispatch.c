// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dispatcher, the ends of an invocation and the watchdog, with a made-up
 * extension whose trampolines are called directly, from task context and from
 * interrupts that hit the dispatcher anywhere.
 */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "selftest.h"

/* programs.S, and called by it */
extern const char selftest_text[], selftest_text_end[];
void selftest_delay(void);
void selftest_acquire(void);

#define DEFAULT SELFTEST_DEFAULT
#define DONE SELFTEST_DONE

struct rex_prog_desc selftest_progs[SELFTEST_PROGRAMS];
static struct rex_ext_desc desc = { .name = "selftest" };
static struct rex_ext ext = { .desc = &desc };

/**
 * selftest_delay - spin for a while, as a helper that takes long
 *
 * Context: any in which a program runs; called by programs.S.
 */
void selftest_delay(void)
{
	udelay(20);
}

static int released[4], num_released;

static struct rex_held held[2];

static void release(struct rex_held *h)
{
	if (num_released < ARRAY_SIZE(released))
		released[num_released++] = h - held;
}

/**
 * selftest_acquire - acquire resources, as a helper does
 *
 * Context: any in which a program runs; called by programs.S.
 */
void selftest_acquire(void)
{
	/* A release takes the function away. */
	held[0].release = release;
	held[1].release = release;
	rex_hold(&held[0]);
	rex_hold(&held[1]);
}

static bool setup(void)
{
	struct rex_stats __percpu *stats = __alloc_percpu(SELFTEST_PROGRAMS * sizeof(*stats), sizeof(u64));
	int i;

	if (!stats || rex_arenas_reserve(REX_DEFAULT_ARENA))
		return false;
	desc.text_start = (uintptr_t)selftest_text;
	desc.text_end = (uintptr_t)selftest_text_end;
	desc.progs = (uintptr_t)selftest_progs;
	desc.num_progs = SELFTEST_PROGRAMS;
	atomic_set(&ext.state, REX_STATE_RUNNING);
	for (i = 0; i < SELFTEST_PROGRAMS; i++) {
		struct rex_prog_desc *prog = &selftest_progs[i];

		prog->type = REX_PROGRAM_XDP;
		prog->index = i;
		prog->default_verdict = DEFAULT;
		prog->ext = (uintptr_t)&ext;
		prog->stats = (uintptr_t)(stats + i);
		prog->budget_nanos = 5 * REX_TICK_NANOS;
		prog->arena_bytes = REX_DEFAULT_ARENA;
		prog->on_panic = REX_POLICY_CONTINUE;
		strscpy(prog->name, "selftest", sizeof(prog->name));
	}
	return true;
}

/**
 * selftest_idle - whether this CPU runs no program and holds nothing
 *
 * Context: task.
 * Return: whether both hold.
 */
bool selftest_idle(void)
{
	bool ok;
	int i;

	preempt_disable();
	ok = !this_cpu_read(rex_cpu.top) && !this_cpu_read(rex_cpu.slow);
	for (i = 0; i < REX_MAX_LEVELS; i++)
		ok = ok && !this_cpu_read(rex_cpu.level[i].prog) &&
		     !this_cpu_read(rex_cpu.level[i].held) &&
		     !this_cpu_read(rex_cpu.level[i].saved);
	preempt_enable();
	return ok && preempt_count() == 0;
}

/**
 * selftest_panics - how many programs have panicked
 *
 * Context: task.
 * Return: how many.
 */
u64 selftest_panics(void)
{
	return atomic64_read(&ext.panics);
}

/**
 * selftest_refused - how often a program was not entered
 * @prog: which
 *
 * Context: task.
 * Return: how often.
 */
u64 selftest_refused(enum selftest_program prog)
{
	struct rex_stats __percpu *stats = rex_prog_stats(&selftest_progs[prog]);
	u64 n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		n += per_cpu_ptr(stats, cpu)->refused;
	return n;
}

static bool test_ends(void)
{
	u32 verdict;

	preempt_disable();	/* the fast path */
	verdict = selftest_call(selftest_return, NULL);
	preempt_enable();
	REX_EXPECT(verdict == DONE);
	REX_EXPECT(selftest_idle());
	REX_EXPECT(selftest_call(selftest_return, NULL) == DONE);
	REX_EXPECT(selftest_idle());
	REX_EXPECT(selftest_call(selftest_panic, NULL) == DEFAULT);
	REX_EXPECT(atomic64_read(&ext.panics) == 1);
	REX_EXPECT(selftest_idle());
	REX_EXPECT(selftest_call(selftest_spin, NULL) == DEFAULT);
	REX_EXPECT(atomic64_read(&ext.timeouts) == 1);
	REX_EXPECT(selftest_idle());
	REX_EXPECT(selftest_call(selftest_poll, NULL) == DEFAULT);
	REX_EXPECT(atomic64_read(&ext.timeouts) == 2);
	REX_EXPECT(selftest_idle());
	REX_EXPECT(selftest_call(selftest_return, NULL) == DONE);
	return true;
}

/*
 * Where no tick can come: interrupts off, in task context and in an interrupt.
 * The clock sees at most a quarter of the budget at a look.
 */
static enum hrtimer_restart poll_in_interrupt(struct hrtimer *timer)
{
	if (selftest_call(selftest_poll, NULL) == DEFAULT)
		atomic64_add(100, &ext.timeouts);
	return HRTIMER_NORESTART;
}

static bool test_interrupts_off(void)
{
	static struct hrtimer timer;
	unsigned long flags;
	u64 before;
	u32 verdict;

	local_irq_save(flags);
	before = rex_clock_nanos();
	verdict = selftest_call(selftest_poll, NULL);
	REX_EXPECT(irqs_disabled());
	REX_EXPECT(rex_clock_nanos() - before >= selftest_progs[SELFTEST_POLL].budget_nanos);
	local_irq_restore(flags);
	REX_EXPECT(verdict == DEFAULT);
	REX_EXPECT(atomic64_read(&ext.timeouts) == 3);
	REX_EXPECT(selftest_idle());

	rex_hrtimer_setup(&timer, poll_in_interrupt, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	hrtimer_start(&timer, ns_to_ktime(20000), HRTIMER_MODE_REL_PINNED_HARD);
	while (hrtimer_active(&timer))
		cond_resched();
	REX_EXPECT(atomic64_read(&ext.timeouts) == 104);
	REX_EXPECT(selftest_idle());
	/* Interrupts on: the ticks decide again, and Poll is not set at entry. */
	REX_EXPECT(selftest_call(selftest_poll, NULL) == DEFAULT);
	REX_EXPECT(atomic64_read(&ext.timeouts) == 105);
	REX_EXPECT(selftest_idle());
	return true;
}

/*
 * A program that does not expect interrupts to be off: the other CPU's tick
 * has it poll.
 */
static bool test_neighbour(void)
{
	unsigned long flags;
	u32 verdict;

	if (num_online_cpus() < 2)
		return true;
	preempt_disable();	/* the fast path */
	local_irq_save(flags);
	verdict = selftest_call(selftest_pollfast, NULL);
	local_irq_restore(flags);
	preempt_enable();
	REX_EXPECT(verdict == DEFAULT);
	REX_EXPECT(atomic64_read(&ext.timeouts) == 106);
	REX_EXPECT(selftest_idle());
	return true;
}

static bool test_stop(void)
{
	selftest_progs[SELFTEST_PANIC].on_panic = REX_POLICY_STOP;
	REX_EXPECT(selftest_call(selftest_panic, NULL) == DEFAULT);
	REX_EXPECT(selftest_call(selftest_return, NULL) == DEFAULT);
	rex_ext_set_stopped(&ext, false);
	REX_EXPECT(selftest_call(selftest_return, NULL) == DONE);
	selftest_progs[SELFTEST_PANIC].on_panic = REX_POLICY_CONTINUE;
	REX_EXPECT(selftest_idle());
	return true;
}

static bool test_held(void)
{
	num_released = 0;
	REX_EXPECT(selftest_call(selftest_hold, NULL) == DONE);
	REX_EXPECT(selftest_call(selftest_holdpanic, NULL) == DEFAULT);
	REX_EXPECT(num_released == 4);
	REX_EXPECT(released[0] == 1 && released[1] == 0);
	REX_EXPECT(released[2] == 1 && released[3] == 0);
	REX_EXPECT(selftest_idle());
	return true;
}

/* What the interrupts of test_nesting do and have seen. */
static struct {
	struct hrtimer timer;
	int interrupted;	/* tells the work program to return */
	u64 nested, refused, wrong;
	u64 spread;
} nest;

static enum hrtimer_restart interrupt(struct hrtimer *timer)
{
	const struct rex_prog_desc *outer = this_cpu_read(rex_cpu.level[0].prog);
	int at_once = 1;
	u32 again;

	if (selftest_call(selftest_return, NULL) != DONE ||
	    selftest_call(selftest_panic, NULL) != DEFAULT ||
	    selftest_call(selftest_holdpanic, NULL) != DEFAULT)
		nest.wrong++;
	/* Refused exactly when the interrupted program is this one. */
	again = selftest_call(selftest_work, &at_once);
	if (again != (outer ? DEFAULT : DONE))
		nest.wrong++;
	if (outer)
		nest.nested++;
	if (again == DEFAULT)
		nest.refused++;
	WRITE_ONCE(nest.interrupted, 1);
	/* Not in step with anything. */
	nest.spread = (nest.spread * 1103515245 + 12345) & 0xffff;
	hrtimer_forward_now(timer, ns_to_ktime(20000 + nest.spread));
	return HRTIMER_RESTART;
}

/*
 * Interrupts that run whole invocations, ends by panic among them, while
 * programs are entered, run and left. The bound is for a machine on which no
 * interrupt comes at all.
 */
static bool test_nesting(void)
{
	unsigned long give_up = jiffies + 60 * HZ;
	u32 verdict = DONE;
	bool off = false;

	/* However slow the machine is between two interrupts. */
	selftest_progs[SELFTEST_WORK].budget_nanos = 60 * NSEC_PER_SEC;

	rex_hrtimer_setup(&nest.timer, interrupt, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	/* The timer interrupts the CPU it was started on. */
	migrate_disable();
	hrtimer_start(&nest.timer, ns_to_ktime(20000), HRTIMER_MODE_REL_PINNED_HARD);
	while (verdict == DONE && READ_ONCE(nest.refused) < 1000 && time_before(jiffies, give_up)) {
		WRITE_ONCE(nest.interrupted, 0);
		/* With preemption off by the fast path, else by the general one. */
		off = !off;
		if (off)
			preempt_disable();
		verdict = selftest_call(selftest_work, &nest.interrupted);
		if (off)
			preempt_enable();
		cond_resched();
	}
	hrtimer_cancel(&nest.timer);
	migrate_enable();
	REX_EXPECT(verdict == DONE);
	REX_EXPECT(nest.wrong == 0);
	REX_EXPECT(nest.refused >= 1000 && nest.nested >= nest.refused);
	REX_EXPECT(selftest_idle());
	return true;
}

/**
 * rex_selftest_dispatch - run programs
 *
 * Context: process, may sleep; from the module's init function, when all but
 * the device is set up.
 * Return: whether all tests passed.
 */
bool rex_selftest_dispatch(void)
{
	bool ok = setup();

	init_irq_work(&ext.report, rex_ext_report_stopped);
	if (ok) {
		rex_watchdog_start();
		ok = test_ends() && test_interrupts_off() && test_neighbour() && test_stop() &&
		     test_held() && test_nesting() && rex_selftest_levels() &&
		     rex_selftest_storm() && rex_selftest_guard() && rex_selftest_state();
		rex_watchdog_stop();
	}
	irq_work_sync(&ext.report);
	free_percpu(rex_prog_stats(&selftest_progs[0]));
	if (ok)
		pr_info("self-tests passed (%llu nested invocations)\n", 4 * nest.nested);
	return ok;
}
