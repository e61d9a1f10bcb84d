// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one end of every invocation that does not return: panics, stack
 * overflows and timeouts all come to end_invocation().
 */
#include <linux/preempt.h>

#include "rex_res.h"

static void stack_range(struct rex_stack_range *range, const struct rex_level *level,
			const struct rex_ext_desc *desc)
{
	range->low = level->stack_top - REX_STACK_SIZE;
	range->high = level->stack_top;
	range->text_start = desc->text_start;
	range->text_end = desc->text_end;
}

static void count_end(struct rex_ext *ext, u32 kind)
{
	switch (kind) {
	case REX_EVENT_TIMEOUT:
		atomic64_inc(&ext->timeouts);
		break;
	case REX_EVENT_STACK_OVERFLOW:
		atomic64_inc(&ext->overflows);
		break;
	default:
		atomic64_inc(&ext->panics);
		break;
	}
}

/*
 * What end_invocation needs to know. ip is the innermost address; caller, if
 * not 0, is the next one, where fp does not show it.
 */
struct end {
	u32 kind, code;
	u64 a, b;
	const char *text;
	u64 len;
	unsigned long ip, caller, fp;
};

/*
 * Ends the innermost invocation of this CPU with its default verdict.
 *
 * Runs on the program stack, in its reserve if need be, in whatever context
 * the hook has. The watchdog leaves the level alone from here on: it
 * redirects only the extension's own code, and skips a level that is ending.
 */
static void __noreturn end_invocation(const struct end *end)
{
	struct rex_level *level = rex_this_level();
	struct rex_prog_desc *prog = level->prog;
	struct rex_ext *ext = rex_prog_ext(prog);
	struct rex_stack_range range;
	struct rex_event *ev;

	WRITE_ONCE(level->ending, 1);
	count_end(ext, end->kind);

	ev = rex_event_begin(end->kind);
	if (ev) {
		ev->code = end->code;
		ev->args[0] = end->a;
		ev->args[1] = end->b;
		rex_event_program(ev, level);
		rex_event_text(ev, end->text, end->len);
		stack_range(&range, level, ext->desc);
		if (end->caller) {
			ev->frames[0] = end->ip - range.text_start;
			ev->num_frames = 1;
			ev->total_frames = 1;
			rex_unwind(ev, &range, end->caller, end->fp);
		} else {
			rex_unwind(ev, &range, end->ip, end->fp);
		}
		rex_event_commit(ev);
	}

	if (prog->on_panic != REX_POLICY_CONTINUE)
		rex_ext_set_stopped(ext, true);

	rex_release_held(level);

	/*
	 * From here to rex_leave's clearing of prog a tick may count, and set
	 * Poll; neither outlives the invocation (rex_poll checks again).
	 */
	WRITE_ONCE(level->ending, 0);
	rex_stack_abandon(level);
	rex_abort(prog->default_verdict);
	BUG();
}

/*
 * The frame of the function that uses it: compiled code keeps frame pointers,
 * so the saved one is the caller's.
 */
#define CALLER_FRAME(end) do {							\
	unsigned long *frame = __builtin_frame_address(0);			\
	(end)->fp = frame[0];							\
	(end)->ip = frame[1];							\
} while (0)

/**
 * rex_panic - end the invocation because a run-time check failed
 * @code: enum rex_panic_code
 * @a: first argument, see enum rex_panic_code
 * @b: second argument
 *
 * Context: any in which a program runs; called by compiled code only. Does
 * not sleep. Does not return.
 */
void __noreturn rex_panic(u32 code, u64 a, u64 b)
{
	struct end end = {
		.kind = code == REX_PANIC_STACK ? REX_EVENT_STACK_OVERFLOW : REX_EVENT_PANIC,
		.code = code,
		.a = a,
		.b = b,
	};

	CALLER_FRAME(&end);
	/* Compiled code does not know how large its arena is. */
	if (code == REX_PANIC_ARENA)
		end.b = rex_this_level()->prog->arena_bytes;
	end_invocation(&end);
}
EXPORT_SYMBOL_GPL(rex_panic);

/**
 * rex_panic_text - end the invocation with a message of its own
 * @code: enum rex_panic_code
 * @text: not zero-terminated; what exceeds REX_MAX_MESSAGE is cut
 * @len: bytes of @text
 *
 * Context: as rex_panic().
 */
void __noreturn rex_panic_text(u32 code, void *text, u64 len)
{
	struct end end = {
		.kind = REX_EVENT_PANIC,
		.code = code,
		.text = text,
		.len = len,
	};

	CALLER_FRAME(&end);
	end_invocation(&end);
}
EXPORT_SYMBOL_GPL(rex_panic_text);

/**
 * rex_helper_panic - end the invocation because it misused a helper
 * @caller: where compiled code called the helper
 * @code: enum rex_panic_code
 * @text: says what is wrong
 *
 * Context: as rex_panic(); called by helpers.
 */
void __noreturn rex_helper_panic(const struct rex_caller *caller, u32 code, const char *text)
{
	struct end end = {
		.kind = REX_EVENT_PANIC,
		.code = code,
		.text = text,
		.len = strlen(text),
		.ip = caller->frame[1],
		.fp = caller->frame[0],
	};

	if (end.ip >= (uintptr_t)rex_polled_start && end.ip < (uintptr_t)rex_polled_end)
		end.ip = caller->frame[2];
	end_invocation(&end);
}

static void timeout_end(struct end *end, const struct rex_level *level)
{
	end->kind = REX_EVENT_TIMEOUT;
	end->code = REX_PANIC_TIMEOUT;
	end->a = div_u64(level->prog->budget_nanos, NSEC_PER_MSEC);
}

/**
 * rex_poll_look - end the invocation if its time is up
 * @ip: where compiled code polls
 * @fp: its frame pointer
 *
 * Called by rex_poll. The flag may stem from an invocation that ended in the
 * meantime; then it is cleared. A tick between the check and the clearing is
 * lost, the next one sets it again.
 *
 * With interrupts off it stays set, because no tick comes, and the clock
 * decides.
 *
 * Context: any in which a program runs. Does not return when the time is up.
 */
asmlinkage void rex_poll_look(unsigned long ip, unsigned long fp)
{
	struct rex_level *level = rex_this_level();
	struct end end = { .ip = ip, .fp = fp };

	rex_poll_looked();
	if (rex_lock_held() && rex_lock_overdue()) {
		end.kind = REX_EVENT_PANIC;
		end.code = REX_PANIC_LOCK;
		end.text = rex_lock_overdue_text;
		end.len = strlen(rex_lock_overdue_text);
	} else if (rex_time_up(level)) {
		timeout_end(&end, level);
	} else {
		if (!irqs_disabled())
			this_cpu_write(rex_cpu.abi.poll, 0);
		return;
	}
	this_cpu_write(rex_cpu.abi.poll, 0);
	end_invocation(&end);
}

/**
 * rex_timeout - end the invocation that the watchdog has interrupted
 * @fp: the frame pointer that it had
 * @sp: the stack pointer that it had
 *
 * Context: any with interrupts on in which a program runs; called by
 * rex_timeout_entry, on the program stack. Does not return.
 */
asmlinkage void __noreturn rex_timeout(unsigned long fp, unsigned long sp)
{
	const struct rex_level *level = rex_this_level();
	struct rex_stack_range range;
	struct end end = {};

	timeout_end(&end, level);
	end.ip = level->interrupted;
	end.fp = fp;
	stack_range(&range, level, rex_prog_ext(level->prog)->desc);
	if (!rex_unwind_prologue(&range, end.ip, sp, &end.caller))
		end.caller = 0;
	this_cpu_write(rex_cpu.abi.poll, 0);
	end_invocation(&end);
}
