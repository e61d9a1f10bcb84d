// SPDX-License-Identifier: GPL-2.0-only
/* The self-tests of a debug build; they run before anything is set up. */
#include "selftest.h"

/**
 * rex_selftest - run all self-tests
 *
 * Context: process, may sleep; from the module's init function.
 * Return: whether all passed; the log names the first that did not.
 */
bool rex_selftest(void)
{
	bool ok = rex_selftest_event() && rex_selftest_unwind();

	pr_info("self-tests %s\n", ok ? "passed" : "FAILED");
	return ok;
}
