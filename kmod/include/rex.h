/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of rex.ko share with each other. */
#ifndef REX_H
#define REX_H

/* Headers included before this one may have given it the kernel's default. */
#undef pr_fmt
#define pr_fmt(fmt) "rex: " fmt

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/poll.h>
#include <linux/types.h>
#include <asm/processor-flags.h>

#include "rex_abi.h"
#include "rex_abi_asm.h"
#include "rex_abi_symbols.h"
#include "rex_asm.h"
#include "rex_compat.h"

/**
 * struct rex_held - a kernel resource that an invocation has acquired
 * @next: the one acquired before
 * @release: gives the resource back; called in the invocation's context, on
 *	the program stack
 */
struct rex_held {
	struct rex_held *next;
	void (*release)(struct rex_held *held);
};

/**
 * struct rex_level - one nesting level of one CPU
 * @prog: the program that runs, NULL when none does; of level 0 it is the claim
 * @sp: the caller's stack pointer; below it are the registers rex_enter saved
 * @stack_top: the end of this level's program stack
 * @arena: the start of this level's arena
 * @outer: what rex_cpu.abi held before this level was entered; only when
 *	@saved
 * @held: what the invocation holds, newest first
 * @saved: the level was entered by the general path, which saved @outer
 * @ending: the invocation is on its way out (panic.c)
 * @seen_prog: what the watchdog's last tick on this level found running
 * @seen_count: @seen_prog's invocation count at that tick
 * @ticks: consecutive ticks that found the same invocation
 * @interrupted: where the watchdog interrupted the invocation to end it
 * @clock_prog: whose invocation the clock was last looked at for
 * @clock_count: @clock_prog's invocation count then
 * @clock_last: when that was, in nanoseconds
 * @clock_used: how much of the invocation's time the clock has seen
 * @stack: the start of this level's program stack; kmemleak does not know an
 *	allocation by its end
 * @sleeper: the task whose invocation is in a call that may sleep (sleep.c), NULL
 *	when it is not
 *
 * Written by this CPU only. An interrupt may nest a whole invocation, from
 * rex_enter to rex_leave, between any two instructions; it uses the levels
 * above and leaves this one as it was.
 */
struct rex_level {
	struct rex_prog_desc *prog;
	u64 sp;
	u64 stack_top;
	u64 arena;
	struct rex_cpu_abi outer;
	struct rex_held *held;
	u32 saved;
	u32 ending;
	const struct rex_prog_desc *seen_prog;
	u64 seen_count;
	u64 ticks;
	u64 interrupted;
	const struct rex_prog_desc *clock_prog;
	u64 clock_count;
	u64 clock_last;
	u64 clock_used;
	void *stack;
	const struct task_struct *sleeper;
};

/**
 * struct rex_cpu - the per-CPU variable rex_cpu
 * @abi: the part that compiled code knows
 * @top: the index of the innermost level in use, 0 when none is
 * @slow: non-zero when rex_leave has more to do than to switch stacks: one
 *	for each level entered by the general path and for each held resource
 * @looked: low half of the cycle counter when a poll last looked whether the
 *	invocation's time is up
 * @look_cycles: a poll need not look again before as many cycles have passed
 * @spare: 0
 * @level: the levels, outermost first
 */
struct rex_cpu {
	struct rex_cpu_abi abi;
	u32 top;
	u32 slow;
	u32 looked;
	u32 look_cycles;
	u64 spare[2];
	struct rex_level level[REX_MAX_LEVELS];
};

DECLARE_PER_CPU_ALIGNED(struct rex_cpu, rex_cpu);

/**
 * struct rex_stats - counters of one program on one CPU
 * @invocations: how often it was entered
 * @refused: how often it was not, because it was stopped, nested too deep or
 *	already running on this CPU
 */
struct rex_stats {
	u64 invocations;
	u64 refused;
};

/**
 * struct rex_ext - a registered extension
 * @init_arena: persistent memory of the package initialiser, NULL when the
 *	extension has none
 * @desc: the extension's descriptor, in its own writable data
 * @mod: its kernel module
 * @link: in the list of extensions, under rex_ext_mutex
 * @id: never used twice
 * @state: enum rex_ext_state
 * @report: tells the kernel log that the extension was stopped
 * @panics: how many invocations ended in a panic
 * @timeouts: how many ran out of time
 * @overflows: how many ran out of stack
 */
struct rex_ext {
	void *init_arena;
	struct rex_ext_desc *desc;
	struct module *mod;
	struct list_head link;
	u32 id;
	atomic_t state;
	struct irq_work report;
	atomic64_t panics;
	atomic64_t timeouts;
	atomic64_t overflows;
};

#define REX_ASSERT_OFFSET(type, member, value) \
	static_assert(offsetof(struct type, member) == (value))
REX_ASSERT_OFFSET(rex_cpu, top, REX_CPU_TOP);
REX_ASSERT_OFFSET(rex_cpu, slow, REX_CPU_SLOW);
REX_ASSERT_OFFSET(rex_cpu, looked, REX_CPU_LOOKED);
REX_ASSERT_OFFSET(rex_cpu, look_cycles, REX_CPU_LOOK_CYCLES);
REX_ASSERT_OFFSET(rex_cpu, level, REX_CPU_LEVEL);
REX_ASSERT_OFFSET(rex_level, prog, REX_LEVEL_PROG);
REX_ASSERT_OFFSET(rex_level, sp, REX_LEVEL_SP);
REX_ASSERT_OFFSET(rex_level, stack_top, REX_LEVEL_STACK_TOP);
REX_ASSERT_OFFSET(rex_level, arena, REX_LEVEL_ARENA);
REX_ASSERT_OFFSET(rex_level, outer, REX_LEVEL_OUTER);
REX_ASSERT_OFFSET(rex_level, held, REX_LEVEL_HELD);
REX_ASSERT_OFFSET(rex_level, saved, REX_LEVEL_SAVED);
static_assert(REX_EFLAGS_IF == X86_EFLAGS_IF);
static_assert(sizeof(struct rex_level) == REX_LEVEL_SIZEOF);
REX_ASSERT_OFFSET(rex_ext, init_arena, REX_EXT_INIT_ARENA);
REX_ASSERT_OFFSET(rex_stats, invocations, REX_STATS_INVOCATIONS);
REX_ASSERT_OFFSET(rex_stats, refused, REX_STATS_REFUSED);

/* Accessors for the pointers that the ABI keeps as integers. */
static inline struct rex_ext *rex_prog_ext(const struct rex_prog_desc *prog)
{
	return (struct rex_ext *)(uintptr_t)prog->ext;
}

static inline struct rex_stats __percpu *rex_prog_stats(const struct rex_prog_desc *prog)
{
	return (struct rex_stats __percpu *)(uintptr_t)prog->stats;
}

static inline struct rex_prog_desc *rex_ext_progs(const struct rex_ext_desc *desc)
{
	return (struct rex_prog_desc *)(uintptr_t)desc->progs;
}

static inline struct rex_map_desc *rex_ext_maps(const struct rex_ext_desc *desc)
{
	return (struct rex_map_desc *)(uintptr_t)desc->maps;
}

/* The level of the innermost invocation. Only while one runs. */
static inline struct rex_level *rex_this_level(void)
{
	struct rex_cpu *cpu = this_cpu_ptr(&rex_cpu);

	return &cpu->level[cpu->top];
}

/* dispatch.S */
void rex_enter(void);
void rex_enter_plain(void);
void rex_enter_irq(void);
void rex_leave(void);
void rex_timeout_entry(void);
void rex_just_return(void);
asmlinkage void rex_abort(u32 verdict);

/* called by dispatch.S */
asmlinkage void rex_resched(void);
asmlinkage void rex_release_this_level(void);
asmlinkage void __noreturn rex_timeout(unsigned long fp, unsigned long sp);

/* polled.S, and called by it */
extern const char rex_polled_start[], rex_polled_end[];
asmlinkage void rex_poll_look(unsigned long ip, unsigned long fp);

/* stack.c, arena.c */
int rex_stacks_alloc(void);
void rex_stacks_free(void);
void rex_stack_abandon(const struct rex_level *level);
int rex_arenas_reserve(u32 bytes);
void rex_arenas_free(void);

/* cleanup.c */
void rex_hold(struct rex_held *held);
void rex_release_held(struct rex_level *level);

/**
 * struct rex_stack_range - what unwind.c reads
 * @low: the start of the program stack
 * @high: its end
 * @text_start: the start of the extension's compiled code
 * @text_end: its end
 */
struct rex_stack_range {
	unsigned long low, high;
	unsigned long text_start, text_end;
};

/* unwind.c */
void rex_unwind(struct rex_event *ev, const struct rex_stack_range *range,
		unsigned long ip, unsigned long fp);
bool rex_unwind_prologue(const struct rex_stack_range *range, unsigned long ip,
			 unsigned long sp, unsigned long *ret);

/* watchdog.c */
#define REX_TICK_NANOS (4 * NSEC_PER_MSEC)
int rex_watchdog_init(void);
void rex_watchdog_exit(void);
void rex_watchdog_start(void);
void rex_watchdog_stop(void);
bool rex_expired(const struct rex_level *level);
void rex_watchdog_forget(const struct rex_ext_desc *desc);
u64 rex_clock_nanos(void);
bool rex_clock_expired(struct rex_level *level);
bool rex_time_up(struct rex_level *level);
void rex_poll_again(void);
void rex_poll_looked(void);

/* event.c */
int rex_events_init(void);
void rex_events_exit(void);
struct rex_event *rex_event_begin(u32 kind);
void rex_event_commit(struct rex_event *ev);
void rex_event_program(struct rex_event *ev, const struct rex_level *level);
void rex_event_text(struct rex_event *ev, const char *text, u64 len);
int rex_events_open(struct file *file);
void rex_events_release(struct file *file);
ssize_t rex_events_read(struct file *file, char __user *buf, size_t size);
__poll_t rex_events_poll(struct file *file, poll_table *wait);
loff_t rex_events_llseek(struct file *file, loff_t off, int whence);

/* ext.c, check.c, init.c */
extern struct mutex rex_ext_mutex;
int rex_ext_register(struct rex_ext_desc *desc);
void rex_ext_unregister(struct rex_ext_desc *desc);
struct rex_ext *rex_ext_find(const char *name);
struct rex_ext *rex_ext_after(u32 id);
void rex_ext_report_stopped(struct irq_work *work);
void rex_ext_set_stopped(struct rex_ext *ext, bool stopped);
u32 rex_ext_number(void);
void rex_ext_query(struct rex_ext *ext, struct rex_ext_query *query);
int rex_check_desc(const struct rex_ext_desc *desc);
int rex_init_run(struct rex_ext *ext);
void rex_init_free(struct rex_ext *ext);

/* map.c */
int rex_maps_get(struct rex_ext_desc *desc);
void rex_maps_put(struct rex_ext_desc *desc);

/* helper.c */
void rex_random_init(void);

/* stacktrace.c */
int rex_callchains_get(const struct rex_ext_desc *desc);
void rex_callchains_put(const struct rex_ext_desc *desc);

/* override.c */
void rex_override_exit(void);

/* device.c */
int rex_device_init(void);
void rex_device_exit(void);

/* selftest/ */
#ifdef REX_DEBUG
bool rex_selftest(void);
bool rex_selftest_dispatch(void);
asmlinkage void rex_state_enter(void);
asmlinkage void rex_state_leave(void);
asmlinkage void rex_depth_call(unsigned long sp);
#else
static inline bool rex_selftest(void)
{
	return true;
}

static inline bool rex_selftest_dispatch(void)
{
	return true;
}
#endif

#endif /* REX_H */
