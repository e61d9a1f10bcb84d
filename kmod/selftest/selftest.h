/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef REX_SELFTEST_H
#define REX_SELFTEST_H

#include "rex.h"

/* In a function that returns bool: fails the test with the place. */
#define REX_EXPECT(cond) do {							\
	if (!(cond)) {								\
		pr_err("self-test: %s:%d: %s\n", __func__, __LINE__, #cond);	\
		return false;							\
	}									\
} while (0)

bool rex_selftest_provoke(void);
bool rex_selftest_event(void);
bool rex_selftest_unwind(void);
bool rex_selftest_levels(void);
bool rex_selftest_storm(void);
bool rex_selftest_state(void);
bool rex_selftest_guard(void);

/* state.c: shows an atomic64_t */
struct kernel_param_ops;
extern const struct kernel_param_ops selftest_count_ops;

/* depth.c */
void rex_depth_enter(const struct rex_level *level);
void rex_depth_leave(const struct rex_level *level);

/* programs.S: what a program's trampoline is called with, and its verdict. */
u32 selftest_call(void (*trampoline)(void), void *ctx);
void selftest_return(void);
void selftest_panic(void);
void selftest_spin(void);
void selftest_poll(void);
void selftest_pollfast(void);
void selftest_work(void);
void selftest_hold(void);
void selftest_holdpanic(void);
void selftest_level0(void);
void selftest_level1(void);
void selftest_level2(void);
void selftest_level3(void);
void selftest_level4(void);
void selftest_storm(void);
void selftest_gust(void);

enum selftest_program {
	SELFTEST_RETURN, SELFTEST_PANIC, SELFTEST_SPIN, SELFTEST_POLL, SELFTEST_WORK,
	SELFTEST_HOLD, SELFTEST_HOLDPANIC, SELFTEST_POLLFAST,
	SELFTEST_LEVEL0, SELFTEST_LEVEL1, SELFTEST_LEVEL2, SELFTEST_LEVEL3, SELFTEST_LEVEL4,
	SELFTEST_STORM, SELFTEST_GUST, SELFTEST_PROGRAMS
};

#define SELFTEST_DEFAULT 1	/* verdict */
#define SELFTEST_DONE 2		/* what a program returns that comes to its end */

/* dispatch.c */
extern struct rex_prog_desc selftest_progs[];
u64 selftest_panics(void);
u64 selftest_refused(enum selftest_program prog);
bool selftest_idle(void);

#endif /* REX_SELFTEST_H */
