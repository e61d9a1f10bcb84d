// SPDX-License-Identifier: GPL-2.0-only
/*
 * Package initialisation: an ordinary program with a memory of its own that
 * stays until the extension goes, because variables point into it.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "rex.h"

/* The trampoline is not compiled by the kernel's compiler: no CFI hash. */
static __nocfi void call_trampoline(const struct rex_ext_desc *desc)
{
	u32 (*trampoline)(void *ctx) = (void *)(uintptr_t)desc->init;

	/* As every hook does; the map helpers need it. */
	rcu_read_lock();
	trampoline(NULL);
	rcu_read_unlock();
}

/**
 * rex_init_run - run the extension's package initialisation, if it has one
 * @ext: everything but its kfuncs is set up
 *
 * The program's stopped field lets the dispatcher in for this one run, with
 * the persistent arena.
 *
 * Context: process, may sleep; the program itself runs with preemption off.
 * Return: 0, -ENOMEM, or -ECANCELED when it did not return normally (an
 * event says why). On error nothing is left allocated.
 */
int rex_init_run(struct rex_ext *ext)
{
	struct rex_ext_desc *desc = ext->desc;
	struct rex_prog_desc *prog;
	u64 ended;

	if (!desc->init)
		return 0;
	prog = &rex_ext_progs(desc)[desc->num_progs - 1];
	ext->init_arena = kvzalloc(max_t(size_t, prog->arena_bytes, 16), GFP_KERNEL);
	if (!ext->init_arena)
		return -ENOMEM;

	WRITE_ONCE(prog->stopped, REX_STOPPED_INIT);
	call_trampoline(desc);
	WRITE_ONCE(prog->stopped, REX_STOPPED);

	ended = atomic64_read(&ext->panics) + atomic64_read(&ext->timeouts) +
		atomic64_read(&ext->overflows);
	if (!ended)
		return 0;
	pr_err("%s: package initialisation failed\n", desc->name);
	rex_init_free(ext);
	return -ECANCELED;
}

/**
 * rex_init_free - free the persistent arena
 * @ext: no program of it runs any more
 *
 * Context: process, may sleep.
 */
void rex_init_free(struct rex_ext *ext)
{
	kvfree(ext->init_arena);
	ext->init_arena = NULL;
}
