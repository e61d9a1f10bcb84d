// SPDX-License-Identifier: GPL-2.0-only
/*
 * The current task, which in interrupt context is the interrupted one, as for
 * eBPF, and tasks that a program looks up.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "rex_res.h"

/* The next task's handle; 0 is none. */
static DEFINE_PER_CPU(u64, last_handle);

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

static void put(struct rex_held *held)
{
	put_task_struct((struct task_struct *)rex_held_slot(held)->ptr);
}

/**
 * rex_task_by_pid - hold the task with a pid
 * @pid: in the initial namespace
 *
 * The invocation holds the task until it is released, at its end at the latest.
 * Holding too much is a panic.
 *
 * A task that is found under RCU keeps the reference that its last user's grace
 * period drops (delayed_put_task_struct() in kernel/exit.c), and an invocation is
 * a read-side critical section: so the reference that is given back is never the
 * last one, and giving it back frees nothing, which would not be possible in
 * every context.
 *
 * Context: any in which a program runs; called by compiled code only.
 * Return: a handle, 0 when there is no such task.
 */
u64 rex_task_by_pid(u32 pid)
{
	struct rex_slot *slot = rex_slot_get();
	struct rex_caller caller;
	struct task_struct *task;

	REX_CALLER(&caller);
	if (!slot)
		rex_helper_panic(&caller, REX_PANIC_HELPER, "too many resources held");
	if ((s32)pid <= 0)
		return 0;
	task = pid_task(find_pid_ns(pid, &init_pid_ns), PIDTYPE_PID);
	if (!task)
		return 0;
	slot->ptr = get_task_struct(task);
	slot->id = this_cpu_inc_return(last_handle);
	rex_slot_hold(slot, put);
	return slot->id;
}
EXPORT_SYMBOL_GPL(rex_task_by_pid);

/**
 * rex_task_release - give a task back
 * @handle: from rex_task_by_pid() in this invocation; another is a panic
 *
 * Context: any in which a program runs; called by compiled code only.
 */
void rex_task_release(u64 handle)
{
	struct rex_slot *slot = rex_slot_find(put, handle);
	struct rex_caller caller;
	struct task_struct *task;

	REX_CALLER(&caller);
	if (!slot)
		rex_helper_panic(&caller, REX_PANIC_HELPER, "release of a task that is not held");
	task = slot->ptr;
	rex_slot_drop(slot);
	put_task_struct(task);
}
EXPORT_SYMBOL_GPL(rex_task_release);

/**
 * rex_task_info - describe a task
 * @handle: from rex_task_by_pid() in this invocation, 0 for the current task;
 *	another is a panic
 * @dst: struct rex_task_info
 *
 * What changes meanwhile may be torn: nothing is locked.
 *
 * Context: any in which a program runs; called by compiled code only.
 */
void rex_task_info(u64 handle, void *dst)
{
	struct rex_slot *slot = handle ? rex_slot_find(put, handle) : NULL;
	struct rex_task_info *info = dst;
	struct task_struct *task = current;
	struct rex_caller caller;

	REX_CALLER(&caller);
	if (handle && !slot)
		rex_helper_panic(&caller, REX_PANIC_HELPER, "use of a task that is not held");
	if (slot)
		task = slot->ptr;
	memset(info, 0, sizeof(*info));
	info->pid = task->pid;
	info->tgid = task->tgid;
	info->uid = from_kuid(&init_user_ns, __task_cred(task)->uid);
	info->gid = from_kgid(&init_user_ns, __task_cred(task)->gid);
	strscpy_pad(info->comm, task->comm, sizeof(info->comm));
#ifdef CONFIG_CGROUPS
	info->cgroup_id = cgroup_id(task_dfl_cgroup(task));
#endif
	info->start_nanos = task->start_boottime;
	info->user_nanos = task->utime;
	info->system_nanos = task->stime;
	info->run_nanos = task->se.sum_exec_runtime;
	info->address = (uintptr_t)task;
}
EXPORT_SYMBOL_GPL(rex_task_info);
