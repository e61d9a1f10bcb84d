/* SPDX-License-Identifier: GPL-2.0-only */
/* The only place that knows kernel versions. */
#ifndef REX_COMPAT_H
#define REX_COMPAT_H

#include <linux/version.h>

/*
 * The per-CPU preemption counter, for assembly. Before 6.15 it is a member of
 * struct pcpu_hot (arch/x86/include/asm/current.h); exports.c asserts the
 * offset.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
#define REX_PCPU_HOT_PREEMPT_COUNT 8
#define REX_PREEMPT_COUNT pcpu_hot + REX_PCPU_HOT_PREEMPT_COUNT
#else
#define REX_PREEMPT_COUNT __preempt_count
#endif

/* All but the inverted bit that asks for a reschedule. */
#define REX_PREEMPT_MASK 0x7fffffff

#ifndef __ASSEMBLY__

#include <linux/hrtimer.h>
#include <linux/module.h>

/* Since 6.13 the namespace is a string. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define REX_IMPORT_NS(ns) MODULE_IMPORT_NS(ns)
#else
#define REX_IMPORT_NS(ns) MODULE_IMPORT_NS(#ns)
#endif

/* hrtimer_setup arrived in 6.13; hrtimer_init left in 6.15. */
static inline void rex_hrtimer_setup(struct hrtimer *timer,
				     enum hrtimer_restart (*fn)(struct hrtimer *),
				     clockid_t clock, enum hrtimer_mode mode)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
#else
	hrtimer_setup(timer, fn, clock, mode);
#endif
}

#endif /* __ASSEMBLY__ */
#endif /* REX_COMPAT_H */
