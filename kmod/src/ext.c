// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extensions: registered by the init function of their own kernel module,
 * unregistered by its exit function.
 *
 * The descriptor and the map table become read-only when the kernel module's
 * init function has returned; the program table stays writable.
 *
 * Lock order: rex_ext_mutex, then the CPU hotplug lock.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "rex.h"

/* Protects the list, the watchdog's and the arenas' set-up, and ids. */
DEFINE_MUTEX(rex_ext_mutex);
static LIST_HEAD(extensions);
static u32 last_id;

/**
 * rex_ext_find - look an extension up
 * @name: zero-terminated
 *
 * Context: under rex_ext_mutex, which also keeps the result alive.
 * Return: the extension or NULL.
 */
struct rex_ext *rex_ext_find(const char *name)
{
	struct rex_ext *ext;

	list_for_each_entry(ext, &extensions, link)
		if (!strcmp(ext->desc->name, name))
			return ext;
	return NULL;
}

/**
 * rex_ext_after - the next extension by id
 * @id: 0 for the first
 *
 * Context: under rex_ext_mutex, which also keeps the result alive.
 * Return: the extension with the smallest id above @id, or NULL.
 */
struct rex_ext *rex_ext_after(u32 id)
{
	struct rex_ext *ext;

	/* Ids grow and extensions are appended, so the list is sorted. */
	list_for_each_entry(ext, &extensions, link)
		if (ext->id > id)
			return ext;
	return NULL;
}

/**
 * rex_ext_number - how many extensions are registered
 *
 * Context: under rex_ext_mutex.
 * Return: how many.
 */
u32 rex_ext_number(void)
{
	return list_count_nodes(&extensions);
}

/**
 * rex_ext_report_stopped - the function of rex_ext.report
 * @work: embedded in a struct rex_ext
 *
 * Context: hard interrupt, or a thread of the real-time kernel.
 */
void rex_ext_report_stopped(struct irq_work *work)
{
	const struct rex_ext *ext = container_of(work, struct rex_ext, report);

	pr_info("extension %s stopped\n", ext->desc->name);
}

/**
 * rex_ext_set_stopped - stop or resume an extension
 * @ext: registered, or being registered
 * @stopped: what to make of it
 *
 * Invocations that run go on to their end. Stopping is reported to the log
 * once, from an irq_work: the hook may hold locks that printk would take.
 *
 * Context: any.
 */
void rex_ext_set_stopped(struct rex_ext *ext, bool stopped)
{
	struct rex_prog_desc *progs = rex_ext_progs(ext->desc);
	int state = stopped ? REX_STATE_STOPPED : REX_STATE_RUNNING;
	u32 i;

	if (atomic_xchg(&ext->state, state) == state)
		return;
	for (i = 0; i < ext->desc->num_progs; i++)
		if (progs[i].type != REX_PROGRAM_INIT)
			WRITE_ONCE(progs[i].stopped, stopped ? REX_STOPPED : 0);
	if (stopped)
		irq_work_queue(&ext->report);
}

/**
 * rex_ext_query - fill in what user space may know
 * @ext: registered
 * @query: everything but the name is overwritten
 *
 * Context: under rex_ext_mutex.
 */
void rex_ext_query(struct rex_ext *ext, struct rex_ext_query *query)
{
	const struct rex_prog_desc *progs = rex_ext_progs(ext->desc);
	int cpu;
	u32 i;

	memset(query, 0, sizeof(*query));
	strscpy(query->name, ext->desc->name, sizeof(query->name));
	query->id = ext->id;
	query->state = atomic_read(&ext->state);
	query->num_progs = ext->desc->num_progs;
	query->panics = atomic64_read(&ext->panics);
	query->timeouts = atomic64_read(&ext->timeouts);
	query->overflows = atomic64_read(&ext->overflows);
	for_each_possible_cpu(cpu) {
		for (i = 0; i < ext->desc->num_progs; i++) {
			const struct rex_stats *stats =
				per_cpu_ptr(rex_prog_stats(&progs[i]), cpu);

			query->invocations += READ_ONCE(stats->invocations);
			query->refused += READ_ONCE(stats->refused);
		}
	}
}

static int alloc_progs(struct rex_ext *ext)
{
	struct rex_prog_desc *progs = rex_ext_progs(ext->desc);
	struct rex_stats __percpu *stats;
	u32 i, arena = 0;
	int err;

	for (i = 0; i < ext->desc->num_progs; i++)
		if (progs[i].type != REX_PROGRAM_INIT)
			arena = max(arena, progs[i].arena_bytes);
	err = rex_arenas_reserve(arena);
	if (err)
		return err;

	stats = __alloc_percpu(ext->desc->num_progs * sizeof(*stats), __alignof__(*stats));
	if (!stats)
		return -ENOMEM;
	for (i = 0; i < ext->desc->num_progs; i++) {
		progs[i].stats = (uintptr_t)(stats + i);
		progs[i].ext = (uintptr_t)ext;
		progs[i].stopped = progs[i].type == REX_PROGRAM_INIT ? REX_STOPPED : 0;
	}
	return 0;
}

static void free_progs(struct rex_ext *ext)
{
	rex_watchdog_forget(ext->desc);
	struct rex_prog_desc *progs = rex_ext_progs(ext->desc);
	u32 i;

	free_percpu(rex_prog_stats(&progs[0]));
	for (i = 0; i < ext->desc->num_progs; i++) {
		progs[i].stats = 0;
		progs[i].ext = 0;
	}
}

/*
 * UNSPEC puts the kfuncs into the set that all program types share; which
 * stub may call which is the loader's business. Registering for single types
 * beside it trips a WARN in 6.12 (kernel/bpf/btf.c, btf_populate_kfunc_set).
 */
static int register_kfuncs(struct rex_ext *ext)
{
	struct btf_kfunc_id_set set = {
		.owner = ext->mod,
		.set = (struct btf_id_set8 *)(uintptr_t)ext->desc->kfuncs,
	};

	return register_btf_kfunc_id_set(BPF_PROG_TYPE_UNSPEC, &set);
}

static int setup(struct rex_ext *ext)
{
	bool first = list_empty(&extensions);
	int err;

	if (rex_ext_find(ext->desc->name)) {
		pr_err("an extension named %s is registered already\n", ext->desc->name);
		return -EEXIST;
	}
	/* Before any program runs: events carry it. A failed one's is not reused. */
	ext->id = ++last_id;
	err = alloc_progs(ext);
	if (err)
		return err;
	err = rex_maps_get(ext->desc);
	if (err)
		goto err_progs;
	err = rex_callchains_get(ext->desc);
	if (err)
		goto err_maps;
	if (first)
		rex_watchdog_start();
	err = rex_init_run(ext);
	if (err)
		goto err_watchdog;
	err = register_kfuncs(ext);
	if (err) {
		pr_err("%s: cannot register kfuncs: %d\n", ext->desc->name, err);
		goto err_init;
	}
	list_add_tail(&ext->link, &extensions);
	return 0;

err_init:
	rex_init_free(ext);
err_watchdog:
	if (first)
		rex_watchdog_stop();
	/* A tick may have seen the package initialiser run. */
	synchronize_rcu();
	rex_callchains_put(ext->desc);
err_maps:
	rex_maps_put(ext->desc);
err_progs:
	free_progs(ext);
	return err;
}

/**
 * rex_ext_register - make an extension's programs callable
 * @desc: the descriptor, in the calling kernel module's writable data
 *
 * On success the kernel's verifier lets BPF programs call the extension's
 * trampolines as kfuncs; each such BPF program holds a reference on the
 * extension's kernel module.
 *
 * Context: process, may sleep. From the init function of the extension's
 * kernel module, in the process that owns the map file descriptors.
 * Return: 0 or a negative errno, with everything undone: see
 * rex_check_desc(), rex_maps_get() and rex_init_run(); -EEXIST when the name
 * is taken.
 */
int rex_ext_register(struct rex_ext_desc *desc)
{
	struct rex_ext *ext;
	int err;

	err = rex_check_desc(desc);
	if (err)
		return err;
	ext = kzalloc(sizeof(*ext), GFP_KERNEL);
	if (!ext)
		return -ENOMEM;
	ext->desc = desc;
	ext->mod = (struct module *)(uintptr_t)desc->this;
	atomic_set(&ext->state, REX_STATE_RUNNING);
	init_irq_work(&ext->report, rex_ext_report_stopped);

	mutex_lock(&rex_ext_mutex);
	err = setup(ext);
	mutex_unlock(&rex_ext_mutex);
	if (err) {
		irq_work_sync(&ext->report);
		kfree(ext);
		return err;
	}
	desc->priv = (uintptr_t)ext;
	return 0;
}
EXPORT_SYMBOL_GPL(rex_ext_register);

/**
 * rex_ext_unregister - take an extension out
 * @desc: what rex_ext_register() accepted
 *
 * Who may still refer to the extension:
 *  - BPF programs: none, each would hold a reference on the kernel module and
 *    its exit function would not run. The kernel drops the set of kfuncs with
 *    the module's BTF.
 *  - user space, through /dev/rex: by the list only, under the mutex.
 *  - invocations, and with them the watchdog and the panic path: a BPF
 *    program is freed after an RCU grace period, so none has been entered
 *    since; synchronize_rcu() here covers the last instructions of a
 *    trampoline as well (preemption off, or the hook's RCU read side).
 *
 * Context: process, may sleep. From the exit function of the extension's
 * kernel module.
 */
void rex_ext_unregister(struct rex_ext_desc *desc)
{
	struct rex_ext *ext = (struct rex_ext *)(uintptr_t)desc->priv;

	mutex_lock(&rex_ext_mutex);
	list_del(&ext->link);
	synchronize_rcu();
	rex_init_free(ext);
	if (list_empty(&extensions))
		rex_watchdog_stop();
	rex_callchains_put(desc);
	rex_maps_put(desc);
	free_progs(ext);
	mutex_unlock(&rex_ext_mutex);
	/* desc is not written: it is read-only once init has returned. */
	irq_work_sync(&ext->report);
	kfree(ext);
}
EXPORT_SYMBOL_GPL(rex_ext_unregister);
