// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exports of what is written in assembly, and the per-CPU variable. Exporting
 * from C gives the symbols a CRC: genksyms needs a prototype, and kbuild
 * looks for those of assembly in the architecture's own header only.
 */
#include <linux/preempt.h>

#include "rex.h"

#ifdef REX_PCPU_HOT_PREEMPT_COUNT
static_assert(offsetof(struct pcpu_hot, preempt_count) == REX_PCPU_HOT_PREEMPT_COUNT);
#endif

static_assert(REX_PREEMPT_MASK == (u32)~PREEMPT_NEED_RESCHED);

DEFINE_PER_CPU_ALIGNED(struct rex_cpu, rex_cpu);
EXPORT_PER_CPU_SYMBOL_GPL(rex_cpu);

EXPORT_SYMBOL_GPL(rex_enter);
EXPORT_SYMBOL_GPL(rex_enter_plain);
EXPORT_SYMBOL_GPL(rex_enter_irq);
EXPORT_SYMBOL_GPL(rex_leave);
EXPORT_SYMBOL_GPL(rex_poll);

#define EXPORT_POLLED(name)							\
	void rex_polled_##name(void);						\
	EXPORT_SYMBOL_GPL(rex_polled_##name);
REX_POLLED(EXPORT_POLLED)
REX_POLLED_KERNEL(EXPORT_POLLED)

/**
 * rex_resched - reschedule when the dispatcher has turned preemption on
 *
 * Context: any; called on the hook's own stack when the preemption count has
 * reached zero with a reschedule pending. Does nothing with interrupts off.
 */
asmlinkage void rex_resched(void)
{
#ifdef CONFIG_PREEMPTION
	__preempt_schedule();
#endif
}
