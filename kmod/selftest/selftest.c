// SPDX-License-Identifier: GPL-2.0-only
/* The self-tests of a debug build. */
#include "selftest.h"

/**
 * rex_selftest - run the self-tests that need nothing set up
 *
 * Context: process, may sleep; from the module's init function, before
 * anything else.
 * Return: whether all passed; the log names the first that did not.
 */
bool rex_selftest(void)
{
	if (rex_selftest_provoke())
		return false;
	return rex_selftest_event() && rex_selftest_unwind();
}
