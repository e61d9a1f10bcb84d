// SPDX-License-Identifier: GPL-2.0-only
/*
 * The watchdog: one timer for each CPU, while any extension is registered.
 *
 * It counts ticks, not time: a tick that finds the invocation of the tick
 * before still running adds one period to it. If the machine itself stood
 * still (a paused VM), that is one tick, however long it took.
 *
 * A tick is charged to the innermost invocation only. An outer one that is
 * interrupted by others is charged when it is innermost at a tick again, so
 * it pays neither for interrupts nor for what runs in them.
 *
 * The timer's interrupt cannot come while an invocation runs with interrupts
 * off, which hard interrupts and NMIs do. Such an invocation has Poll set from
 * its first to its last instruction, so that every loop's back-edge calls
 * rex_poll(), which looks at the clock. That needs no other CPU: all of them
 * may be in the same loop.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/math64.h>
#include <linux/ptrace.h>
#include <linux/timekeeping.h>
#include <asm/irq_regs.h>
#include <asm/tsc.h>

#include "rex.h"

static DEFINE_PER_CPU(struct hrtimer, rex_timer);
static enum cpuhp_state hotplug_state;
/* Written under the hotplug lock's write or read side plus rex_ext_mutex. */
static bool active;

static u64 invocation(const struct rex_prog_desc *prog)
{
	return this_cpu_read(rex_prog_stats(prog)->invocations);
}

/**
 * rex_expired - whether an invocation has used up its budget
 * @level: a level of this CPU that runs a program
 *
 * The ticks belong to the invocation that the last tick saw, so compare.
 *
 * Context: any, preemption off.
 * Return: whether it has.
 */
bool rex_expired(const struct rex_level *level)
{
	const struct rex_prog_desc *prog = READ_ONCE(level->prog);

	return prog && READ_ONCE(level->seen_prog) == prog &&
	       READ_ONCE(level->seen_count) == invocation(prog) &&
	       READ_ONCE(level->ticks) * REX_TICK_NANOS >= prog->budget_nanos;
}

/**
 * rex_watchdog_forget - forget what was seen of an extension's programs
 * @desc: no program of it runs any more
 *
 * An extension that is loaded next may have a program at the same address,
 * whose invocations are counted from the beginning again: it would be charged
 * with the ticks of an earlier one.
 *
 * Context: process; under rex_ext_mutex.
 */
void rex_watchdog_forget(const struct rex_ext_desc *desc)
{
	const struct rex_prog_desc *progs = rex_ext_progs(desc), *end = progs + desc->num_progs;
	int cpu, i;

	for_each_possible_cpu(cpu) {
		struct rex_level *level = per_cpu_ptr(&rex_cpu, cpu)->level;

		for (i = 0; i < REX_MAX_LEVELS; i++) {
			if (level[i].seen_prog >= progs && level[i].seen_prog < end)
				WRITE_ONCE(level[i].seen_prog, NULL);
			if (level[i].clock_prog >= progs && level[i].clock_prog < end)
				WRITE_ONCE(level[i].clock_prog, NULL);
		}
	}
}

/* Whether the interrupted instruction is the program's own. */
static bool interrupted_program(const struct rex_level *level, struct pt_regs *regs)
{
	const struct rex_ext_desc *desc = rex_prog_ext(level->prog)->desc;

	return regs && !user_mode(regs) &&
	       regs->ip >= desc->text_start && regs->ip < desc->text_end &&
	       regs->sp > level->stack_top - REX_STACK_SIZE &&
	       regs->sp <= level->stack_top;
}

/*
 * The most that one look at the clock may charge, of a budget or absolutely.
 * Looks are microseconds apart as long as the program runs; what is longer is
 * a helper, or the machine stood still.
 */
#define CLOCK_MAX_SHARE 4
#define CLOCK_MAX_NANOS (4 * NSEC_PER_MSEC)

/*
 * How often polls look at the clock when Poll stays set: more often than what
 * a look may charge, of the smallest budget (a millisecond) and of the time that
 * a lock may be held. 0 cycles, when the kernel does not know the counter's
 * frequency, means at every poll.
 */
#define LOOKS_PER_MILLISECOND 5

/* More than any TSC's, in kHz. */
#define FASTEST_TSC_KHZ 5000000

/**
 * rex_clock_nanos - a clock that goes on with interrupts off
 *
 * For differences between two looks on one CPU that did not idle in between.
 * The kernel's own clock stands still if it does nothing but count interrupts
 * (the clocksource jiffies), which is all that is left when the TSC is out of
 * question and the machine has no other clock. For this purpose the TSC serves
 * even then. If the kernel does not know its frequency, what is measured is
 * longer than it seems.
 *
 * Context: any, preemption off.
 * Return: nanoseconds since some moment.
 */
u64 rex_clock_nanos(void)
{
	if (likely(tsc_khz && !check_tsc_unstable()))
		return ktime_get_mono_fast_ns();
	return mul_u64_u32_div(rdtsc(), NSEC_PER_MSEC, tsc_khz ?: FASTEST_TSC_KHZ);
}

/**
 * rex_clock_expired - whether an invocation has used up its budget, by the clock
 * @level: the innermost level of this CPU, interrupts off
 *
 * Charges the invocation with the time since its last call.
 *
 * Context: any in which a program runs with interrupts off, NMI included.
 * Return: whether it has.
 */
bool rex_clock_expired(struct rex_level *level)
{
	const struct rex_prog_desc *prog = level->prog;
	u64 now = rex_clock_nanos();
	u64 most = min_t(u64, CLOCK_MAX_NANOS, prog->budget_nanos / CLOCK_MAX_SHARE);

	if (level->clock_prog != prog || level->clock_count != invocation(prog)) {
		level->clock_prog = prog;
		level->clock_count = invocation(prog);
		level->clock_used = 0;
	} else if (now > level->clock_last) {
		level->clock_used += min(now - level->clock_last, most);
	}
	level->clock_last = now;
	return level->clock_used >= prog->budget_nanos;
}

/**
 * rex_poll_looked - a poll looks whether the invocation's time is up
 *
 * Context: any, preemption off.
 */
void rex_poll_looked(void)
{
	this_cpu_write(rex_cpu.looked, (u32)rdtsc());
}

/**
 * rex_poll_again - make the next poll on this CPU look
 *
 * Context: any, preemption off.
 */
void rex_poll_again(void)
{
	this_cpu_write(rex_cpu.looked, (u32)rdtsc() - this_cpu_read(rex_cpu.look_cycles));
	this_cpu_write(rex_cpu.abi.poll, 1);
}

/**
 * rex_time_up - whether an invocation has used up its budget
 * @level: the innermost level of this CPU
 *
 * Context: any in which a program runs.
 * Return: whether it has.
 */
bool rex_time_up(struct rex_level *level)
{
	return irqs_disabled() ? rex_clock_expired(level) : rex_expired(level);
}

static void check_level(struct rex_level *level, struct pt_regs *regs)
{
	const struct rex_prog_desc *prog = READ_ONCE(level->prog);

	if (!prog || READ_ONCE(level->ending))
		return;
	/* Another task has the CPU while this one waits. */
	if (READ_ONCE(level->sleeper) && level->sleeper != current)
		return;
	if (level->seen_prog != prog || level->seen_count != invocation(prog)) {
		level->seen_prog = prog;
		level->seen_count = invocation(prog);
		level->ticks = 0;
		return;
	}
	level->ticks++;
	if (!rex_expired(level))
		return;
	if (interrupted_program(level, regs)) {
		level->interrupted = regs->ip;
		regs->ip = (unsigned long)rex_timeout_entry;
	} else {
		/* In a helper or the trampoline: when that returns. */
		rex_poll_again();
	}
}

/* What a CPU's last tick saw of the next CPU. */
static DEFINE_PER_CPU(struct {
	const struct rex_prog_desc *prog;
	u64 count;
}, neighbour);

/*
 * A program that was not expected to run with interrupts off has Poll not set,
 * and its own CPU's tick does not come: the next CPU's sets it. A program that
 * has its own ticks polls once for nothing.
 *
 * Whatever prog points to stays as long as this interrupt lasts: extensions are
 * unloaded after a grace period.
 */
static void check_neighbour(void)
{
	int self = smp_processor_id(), cpu = cpumask_next(self, cpu_online_mask);
	const struct rex_prog_desc *prog;
	struct rex_cpu *c;
	u64 count;

	if (cpu >= nr_cpu_ids)
		cpu = cpumask_first(cpu_online_mask);
	if (cpu == self)
		return;
	c = per_cpu_ptr(&rex_cpu, cpu);
	prog = READ_ONCE(c->level[READ_ONCE(c->top)].prog);
	count = prog ? READ_ONCE(per_cpu_ptr(rex_prog_stats(prog), cpu)->invocations) : 0;
	if (prog && prog == this_cpu_read(neighbour.prog) && count == this_cpu_read(neighbour.count))
		WRITE_ONCE(c->abi.poll, 1);
	this_cpu_write(neighbour.prog, prog);
	this_cpu_write(neighbour.count, count);
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	check_level(rex_this_level(), get_irq_regs());
	check_neighbour();
	hrtimer_forward_now(timer, ns_to_ktime(REX_TICK_NANOS));
	return HRTIMER_RESTART;
}

static void start_timer(void *unused)
{
	hrtimer_start(this_cpu_ptr(&rex_timer), ns_to_ktime(REX_TICK_NANOS),
		      HRTIMER_MODE_REL_PINNED_HARD);
}

static int timer_online(unsigned int cpu)
{
	if (active)
		start_timer(NULL);
	return 0;
}

static int timer_offline(unsigned int cpu)
{
	hrtimer_cancel(per_cpu_ptr(&rex_timer, cpu));
	return 0;
}

/**
 * rex_watchdog_start - start the timer of every CPU
 *
 * Context: process, may sleep; under rex_ext_mutex.
 */
void rex_watchdog_start(void)
{
	cpus_read_lock();
	active = true;
	on_each_cpu(start_timer, NULL, 1);
	cpus_read_unlock();
}

/**
 * rex_watchdog_stop - stop all timers
 *
 * Returns when no tick runs any more.
 *
 * Context: process, may sleep; under rex_ext_mutex.
 */
void rex_watchdog_stop(void)
{
	int cpu;

	cpus_read_lock();
	active = false;
	for_each_possible_cpu(cpu)
		hrtimer_cancel(per_cpu_ptr(&rex_timer, cpu));
	cpus_read_unlock();
}

/**
 * rex_watchdog_init - prepare the timers; none runs yet
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int rex_watchdog_init(void)
{
	int cpu, ret;

	for_each_possible_cpu(cpu) {
		per_cpu(rex_cpu.look_cycles, cpu) = tsc_khz / LOOKS_PER_MILLISECOND;
		rex_hrtimer_setup(per_cpu_ptr(&rex_timer, cpu), tick,
				  CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	}
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "rex:online", timer_online, timer_offline);
	if (ret < 0)
		return ret;
	hotplug_state = ret;
	return 0;
}

/**
 * rex_watchdog_exit - undo rex_watchdog_init
 *
 * Removing the hotplug state runs timer_offline on every CPU, which cancels
 * timers that are not running anyway.
 *
 * Context: process, may sleep.
 */
void rex_watchdog_exit(void)
{
	cpuhp_remove_state(hotplug_state);
}
