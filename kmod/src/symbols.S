/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Refers to every kernel symbol that an extension may refer to, so that this
 * module's __versions section holds their CRCs: the linker copies them from
 * there into the extensions it makes.
 */
#include "rex_abi_symbols.h"

#define X(sym) .quad sym;

	.section .rodata, "a"
	.balign 8
	REX_KERNEL_FUNCS(X)
	REX_THUNKS(X)
