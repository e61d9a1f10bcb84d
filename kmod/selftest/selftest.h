/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef REX_SELFTEST_H
#define REX_SELFTEST_H

#include "rex.h"

/* In a function that returns bool: fails the test with the place. */
#define REX_EXPECT(cond) do {							\
	if (!(cond)) {								\
		pr_err("self-test: %s:%d: %s\n", __func__, __LINE__, #cond);	\
		return false;							\
	}									\
} while (0)

bool rex_selftest_event(void);
bool rex_selftest_unwind(void);

#endif /* REX_SELFTEST_H */
