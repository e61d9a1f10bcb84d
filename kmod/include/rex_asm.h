/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Offsets in rex.ko's own structs that dispatch.S uses. rex.h asserts every
 * one of them.
 */
#ifndef REX_ASM_H
#define REX_ASM_H

/* struct rex_cpu */
#define REX_CPU_TOP		32
#define REX_CPU_SLOW		36
#define REX_CPU_LOOKED		40
#define REX_CPU_LOOK_CYCLES	44
#define REX_CPU_LEVEL		64

/* struct rex_level */
#define REX_LEVEL_PROG		0
#define REX_LEVEL_SP		8
#define REX_LEVEL_STACK_TOP	16
#define REX_LEVEL_ARENA		24
#define REX_LEVEL_OUTER		32
#define REX_LEVEL_HELD		64
#define REX_LEVEL_SAVED		72
#define REX_LEVEL_SIZEOF	160

/* struct rex_ext */
#define REX_EXT_INIT_ARENA	0

/* struct rex_stats */
#define REX_STATS_INVOCATIONS	0
#define REX_STATS_REFUSED	8

/* X86_EFLAGS_IF, without the suffix that the assembler does not take. */
#define REX_EFLAGS_IF		0x200

/* Values of rex_prog_desc.stopped; 0 means that the program may run. */
#define REX_STOPPED		1
/* The init program while rex_init_run runs it: enters with its own arena. */
#define REX_STOPPED_INIT	2

#endif /* REX_ASM_H */
