// SPDX-License-Identifier: GPL-2.0-only
/*
 * rex.ko: runs extensions that were compiled from Go. See ARCHITECTURE.md for
 * the way of one extension; this module is rooms 9 and 10.
 *
 * Exit needs no waiting of its own: each extension is a kernel module that
 * uses symbols of this one, so none is left when rex_exit runs.
 */
#include "rex.h"

static int __init rex_init(void)
{
	int err;

	if (!rex_selftest())
		return -ENOTRECOVERABLE;

	rex_random_init();
	err = rex_events_init();
	if (err)
		return err;
	err = rex_stacks_alloc();
	if (err)
		goto err_events;
	err = rex_watchdog_init();
	if (err)
		goto err_stacks;
	if (!rex_selftest_dispatch()) {
		err = -ENOTRECOVERABLE;
		goto err_watchdog;
	}
	err = rex_device_init();
	if (err)
		goto err_watchdog;
	return 0;

err_watchdog:
	rex_watchdog_exit();
err_stacks:
	rex_arenas_free();
	rex_stacks_free();
err_events:
	rex_events_exit();
	return err;
}

static void __exit rex_exit(void)
{
	rex_device_exit();
	rex_override_exit();
	rex_watchdog_exit();
	rex_arenas_free();
	rex_stacks_free();
	rex_events_exit();
}

module_init(rex_init);
module_exit(rex_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("The Rex in Go authors");
MODULE_DESCRIPTION("Runtime of kernel extensions compiled from Go");
MODULE_INFO(rex_abi, REX_ABI_MODINFO);
REX_IMPORT_NS(BPF_INTERNAL);
