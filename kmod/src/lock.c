// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks in map values and package-level variables. The lock word is that of
 * struct bpf_spin_lock (kernel/bpf/helpers.c): an arch_spinlock_t, so that
 * BPF programs and BPF_F_LOCK operations of user space exclude extensions and
 * the other way round.
 *
 * Interrupts are off while an invocation holds a lock, as in bpf_spin_lock():
 * what interrupts it on this CPU may want the same lock. The watchdog's timer
 * does not come then, so Poll stays set instead, and every back-edge of a loop
 * and every helper that returns polls (polled.S): a holder that loops ends
 * after HOLD_NANOS.
 *
 * Deadlocks: a lock that this CPU holds already is a panic at once. A waiter
 * that holds locks itself looks whether the holder waits for one of them, or
 * for a CPU that does, and so on; of the CPUs in such a circle the lowest one
 * panics, at once, which frees the others one by one. Circles of more than
 * MAX_CIRCLE CPUs end when the first has held its own lock for too long.
 *
 * As the watchdog, this counts the time that it sees pass: between two looks at
 * the clock at most STEP_NANOS. A machine that stood still, such as a virtual
 * one whose host was busy, is nobody's fault.
 */
#include <linux/irqflags.h>
#include <linux/spinlock.h>

#include "rex_res.h"

/* How long an invocation may hold locks without a break. */
#define HOLD_NANOS (8 * NSEC_PER_MSEC)

#define STEP_NANOS NSEC_PER_MSEC

#define MAX_CIRCLE 8

/**
 * struct stopwatch - time that was seen to pass
 * @last: the last look at the clock, rex_clock_nanos(), 0 before the first
 * @nanos: what has passed
 */
struct stopwatch {
	u64 last;
	u64 nanos;
};

const char rex_lock_overdue_text[] = "held for more than 8ms";

/**
 * struct lock_level - the locks of one level of one CPU
 * @held: how many are held
 * @poll: Poll as it was before the first
 * @flags: the interrupt flag as it was then
 * @watch: runs while any is held, from the first look on
 */
struct lock_level {
	u32 held;
	u8 poll;
	unsigned long flags;
	struct stopwatch watch;
};

static DEFINE_PER_CPU(struct lock_level, levels[REX_MAX_LEVELS]);
/* What the innermost waiter of each CPU waits for. */
static DEFINE_PER_CPU(void *, waiting);

static_assert(sizeof(arch_spinlock_t) == sizeof(u32));

static struct lock_level *this_level(void)
{
	return this_cpu_ptr(&levels[this_cpu_read(rex_cpu.top)]);
}

static void start(struct stopwatch *watch)
{
	watch->last = rex_clock_nanos();
	watch->nanos = 0;
}

static u64 look(struct stopwatch *watch)
{
	u64 now = rex_clock_nanos();

	/* The clock may step back by a little between CPUs and in NMIs. */
	if (watch->last && now > watch->last)
		watch->nanos += min(now - watch->last, (u64)STEP_NANOS);
	watch->last = now;
	return watch->nanos;
}

/* The lock is not held, or this level's record says that it is. */
static void release_word(struct lock_level *level, void *lock)
{
	arch_spin_unlock(lock);
	if (!--level->held) {
		this_cpu_write(rex_cpu.abi.poll, level->poll);
		local_irq_restore(level->flags);
	}
}

static void release(struct rex_held *held)
{
	release_word(this_level(), rex_held_slot(held)->ptr);
}

/*
 * Stack memory must not be written to when the function that had it has
 * returned, which a forgotten lock there would be at exit.
 */
static bool on_stack(const void *lock)
{
	const struct rex_cpu *cpu = this_cpu_ptr(&rex_cpu);
	uintptr_t addr = (uintptr_t)lock;
	u32 i;

	for (i = 0; i <= cpu->top; i++)
		if (addr >= cpu->level[i].stack_top - REX_STACK_SIZE &&
		    addr < cpu->level[i].stack_top)
			return true;
	return false;
}

/* The CPU that holds a lock, -1 when none does: user space may have it. */
static int holder(const void *lock)
{
	int cpu;

	for_each_online_cpu(cpu)
		if (rex_slot_held_by(cpu, release, lock))
			return cpu;
	return -1;
}

/*
 * Whether we, who hold locks and wait for @lock, are in a circle of CPUs that
 * wait for each other, and the lowest of them.
 *
 * The way there is looked at once more from its end: who waits for a lock that
 * we hold goes on to wait, and releases nothing meanwhile; so does who waits for
 * one of its locks, and so on back to us. What is seen in this order is true at
 * the same time. (One that gives up because its time is up is the exception;
 * then two panic.)
 */
static bool deadlock(const void *lock)
{
	int self = raw_smp_processor_id(), circle[MAX_CIRCLE], cpu, n = 0;
	const void *next = lock;

	while ((cpu = holder(next)) != self) {
		if (cpu < self || n == MAX_CIRCLE)
			return false;
		next = READ_ONCE(*per_cpu_ptr(&waiting, cpu));
		if (!next)
			return false;
		circle[n++] = cpu;
	}
	while (n--) {
		next = smp_load_acquire(per_cpu_ptr(&waiting, circle[n]));
		if (!next || !rex_slot_held_by(cpu, release, next))
			return false;
		cpu = circle[n];
	}
	return rex_slot_held_by(cpu, release, lock);
}

/* Why an invocation must not wait any longer, NULL when it may. */
static const char *give_up(const struct lock_level *level, const void *lock,
			   struct stopwatch *watch, u64 budget)
{
	if (look(watch) > budget || rex_time_up(rex_this_level()))
		return "waited for longer than the time budget";
	if (!level->held)
		return NULL;
	if (deadlock(lock))
		return "deadlock with another CPU";
	if (rex_lock_overdue())
		return rex_lock_overdue_text;
	return NULL;
}

/* Returns with interrupts off, and *flags what they were, or says why not. */
static const char *acquire(struct lock_level *level, void *lock, unsigned long *flags)
{
	u64 budget = rex_this_level()->prog->budget_nanos;
	struct stopwatch watch;
	const char *why = NULL;
	void *outer;

	local_irq_save(*flags);
	if (likely(arch_spin_trylock(lock)))
		return NULL;
	local_irq_restore(*flags);

	/* Looks at many slots, which a free lock need not wait for. */
	if (rex_slot_held_by(raw_smp_processor_id(), release, lock))
		return "held by the invocation that this one interrupted";

	outer = this_cpu_xchg(waiting, lock);
	start(&watch);
	for (;;) {
		/* Interrupted ones run while we wait, unless we hold a lock. */
		local_irq_save(*flags);
		if (arch_spin_trylock(lock))
			break;
		local_irq_restore(*flags);
		why = give_up(level, lock, &watch, budget);
		if (why)
			break;
		cpu_relax();
	}
	this_cpu_write(waiting, outer);
	return why;
}

/**
 * rex_lock - take a lock
 * @lock: in a map value or a package-level variable
 *
 * The invocation holds it until rex_unlock() or its end, with interrupts off.
 * A lock on the stack, one that this CPU holds already, a deadlock, and
 * waiting for longer than the program's budget are panics.
 *
 * Context: any in which a program runs; called by compiled code only.
 */
void rex_lock(void *lock)
{
	struct lock_level *level = this_level();
	struct rex_slot *slot = rex_slot_get();
	struct rex_caller caller;
	const char *why = NULL;
	unsigned long flags;

	REX_CALLER(&caller);
	if (!slot)
		why = "too many resources held";
	else if (on_stack(lock) || !IS_ALIGNED((uintptr_t)lock, sizeof(u32)))
		why = "not in a map value or package-level variable";
	else if (rex_slot_find(release, (uintptr_t)lock))
		why = "taken twice";
	else
		why = acquire(level, lock, &flags);
	if (why)
		rex_helper_panic(&caller, REX_PANIC_LOCK, why);

	if (!level->held++) {
		level->flags = flags;
		level->poll = this_cpu_read(rex_cpu.abi.poll);
		/* Who does not loop need not wait for the clock. */
		level->watch = (struct stopwatch){};
		rex_poll_looked();
		this_cpu_write(rex_cpu.abi.poll, 1);
	}
	slot->ptr = lock;
	slot->id = (uintptr_t)lock;
	rex_slot_hold(slot, release);
}
EXPORT_SYMBOL_GPL(rex_lock);

/**
 * rex_unlock - release a lock
 * @lock: taken by rex_lock() in this invocation; another is a panic
 *
 * Context: any in which a program runs; called by compiled code only.
 */
void rex_unlock(void *lock)
{
	struct rex_slot *slot = rex_slot_find(release, (uintptr_t)lock);
	struct rex_caller caller;

	REX_CALLER(&caller);
	if (!slot)
		rex_helper_panic(&caller, REX_PANIC_LOCK, "unlock of a lock that is not held");
	rex_slot_drop(slot);
	release_word(this_level(), lock);
}
EXPORT_SYMBOL_GPL(rex_unlock);

/**
 * rex_lock_held - whether the innermost invocation holds any lock
 *
 * Context: any in which a program runs.
 * Return: whether it does.
 */
bool rex_lock_held(void)
{
	return this_level()->held;
}

/**
 * rex_lock_overdue - whether it has held locks for too long
 *
 * Context: any in which a program runs, with rex_lock_held().
 * Return: whether it has.
 */
bool rex_lock_overdue(void)
{
	u64 limit = min_t(u64, HOLD_NANOS, rex_this_level()->prog->budget_nanos);

	return look(&this_level()->watch) > limit;
}
