// SPDX-License-Identifier: GPL-2.0-only
/*
 * The current task. In interrupt context that is the interrupted one, as for
 * eBPF.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "rex.h"

/**
 * rex_current_pid_tgid - the current task's ids in the initial namespace
 *
 * Context: any.
 * Return: tgid in the high half, pid in the low half.
 */
u64 rex_current_pid_tgid(void)
{
	return (u64)current->tgid << 32 | (u32)current->pid;
}
EXPORT_SYMBOL_GPL(rex_current_pid_tgid);

/**
 * rex_current_uid_gid - the current task's user and group
 *
 * Context: any; the mapping of ids is read under RCU.
 * Return: gid in the high half, uid in the low half, in the initial user
 * namespace.
 */
u64 rex_current_uid_gid(void)
{
	kuid_t uid;
	kgid_t gid;

	current_uid_gid(&uid, &gid);
	return (u64)from_kgid(&init_user_ns, gid) << 32 | from_kuid(&init_user_ns, uid);
}
EXPORT_SYMBOL_GPL(rex_current_uid_gid);

/**
 * rex_current_comm - the current task's name
 * @dst: TASK_COMM_LEN bytes
 *
 * Not get_task_comm(), which takes a lock: a name that changes meanwhile may
 * be torn, but the last byte is always zero.
 *
 * Context: any.
 */
void rex_current_comm(void *dst)
{
	strscpy_pad(dst, current->comm, TASK_COMM_LEN);
}
EXPORT_SYMBOL_GPL(rex_current_comm);

/**
 * rex_current_cgroup_id - the current task's cgroup in the default hierarchy
 *
 * Context: any; RCU read side, which every invocation is.
 * Return: its id, as in the cgroup's directory inode; 0 without cgroups.
 */
u64 rex_current_cgroup_id(void)
{
#ifdef CONFIG_CGROUPS
	return cgroup_id(task_dfl_cgroup(current));
#else
	return 0;
#endif
}
EXPORT_SYMBOL_GPL(rex_current_cgroup_id);

/**
 * rex_current_start_time - when the current task was started
 *
 * Context: any.
 * Return: CLOCK_BOOTTIME in nanoseconds.
 */
u64 rex_current_start_time(void)
{
	return current->start_boottime;
}
EXPORT_SYMBOL_GPL(rex_current_start_time);

/**
 * rex_current_task - the current task
 *
 * Context: any.
 * Return: an address for rex_probe_read_kernel(), nothing else.
 */
u64 rex_current_task(void)
{
	return (u64)current;
}
EXPORT_SYMBOL_GPL(rex_current_task);
