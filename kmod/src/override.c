// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a probed function return at once. The kernel's own way,
 * bpf_override_return(), needs CONFIG_FUNCTION_ERROR_INJECTION and works for
 * functions that are marked for it. Here these are the entry points of system
 * calls: nothing is held there, and their callers take any result.
 */
#include <linux/kallsyms.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "rex.h"

/* Set once a task may be on its way to rex_just_return. */
static bool used;

/*
 * Whether an address is at a system call's entry. A probe there is at the
 * function's ENDBR or at the call of ftrace behind it, and the address given
 * to its handler one byte behind that.
 */
static bool syscall_entry(unsigned long ip)
{
	char name[KSYM_SYMBOL_LEN];
	unsigned long off;
	char *plus;

	sprint_symbol(name, ip);
	plus = strchr(name, '+');
	if (strncmp(name, "__x64_sys_", 10) || !plus)
		return false;
	/* "name+0x5/0x60"; one of a kernel module is followed by its name. */
	if (strchr(plus, '['))
		return false;
	*strchrnul(plus, '/') = 0;
	return !kstrtoul(plus + 1, 16, &off) && off <= 5;
}

/**
 * rex_override_return - make the probed system call return without running
 * @ctx: the probe's struct pt_regs
 * @value: what it returns
 *
 * The kprobe's handler takes notice of the changed instruction pointer
 * (kprobe_perf_func() in kernel/trace/trace_kprobe.c).
 *
 * Context: a kprobe program.
 * Return: 0; -EPERM when the probe is not at the entry of a system call, or
 * when another program has overridden it already.
 */
u64 rex_override_return(void *ctx, u64 value)
{
	struct pt_regs *regs = ctx;

	if (!syscall_entry(regs->ip))
		return (s64)-EPERM;
	WRITE_ONCE(used, true);
	regs->ax = value;
	regs->ip = (unsigned long)rex_just_return;
	return 0;
}
EXPORT_SYMBOL_GPL(rex_override_return);

/**
 * rex_override_exit - wait for tasks that are on their way
 *
 * A task may have been preempted between the probe and rex_just_return's one
 * instruction.
 *
 * Context: process, may sleep. No extension is registered any more.
 */
void rex_override_exit(void)
{
	if (used)
		synchronize_rcu_tasks();
}
