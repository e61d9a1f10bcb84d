/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Resources that an invocation holds, and helpers that end the invocation:
 * what the files that implement helpers share.
 */
#ifndef REX_RES_H
#define REX_RES_H

#include <linux/bpf.h>
#include <linux/static_call.h>

#include "rex.h"

/* How many resources one invocation may hold at a time. */
#define REX_MAX_HELD 16

/**
 * struct rex_slot - the record of one held resource
 * @held: in the level's list; its release function tells the kind, NULL is a
 *	free slot
 * @ptr: the resource
 * @id: what compiled code knows it by, unique among the kind
 * @size: of a ring-buffer record, in bytes
 */
struct rex_slot {
	struct rex_held held;
	void *ptr;
	u64 id;
	u64 size;
};

/* cleanup.c */
struct rex_slot *rex_slot_get(void);
void rex_slot_hold(struct rex_slot *slot, void (*release)(struct rex_held *));
struct rex_slot *rex_slot_find(void (*release)(struct rex_held *), u64 id);
void rex_slot_drop(struct rex_slot *slot);
bool rex_slot_held_by(int cpu, void (*release)(struct rex_held *), const void *ptr);

static inline struct rex_slot *rex_held_slot(struct rex_held *held)
{
	return container_of(held, struct rex_slot, held);
}

/**
 * struct rex_caller - where compiled code called a helper
 * @frame: the helper's own frame: the caller's frame pointer, the return
 *	address, and, when that is in an entry of polled.S, the entry's
 */
struct rex_caller {
	const unsigned long *frame;
};

/*
 * Fills in a struct rex_caller. Only in a function that compiled code calls,
 * directly or through its entry in polled.S: naming the frame address makes the
 * compiler set one up, below which the caller's frame pointer is still the one
 * it came with.
 */
#define REX_CALLER(caller) ((caller)->frame = __builtin_frame_address(0))

/* sleep.c */
#ifdef CONFIG_PREEMPT_RT
int rex_sleep_begin(void);
void rex_sleep_end(void);
#else
static inline int rex_sleep_begin(void)
{
	return 0;
}

static inline void rex_sleep_end(void)
{
}
#endif

/*
 * Evaluates call, which may sleep on PREEMPT_RT. Where it must not it is not
 * evaluated, and the result is -EBUSY.
 */
#define REX_MAY_SLEEP(call) ({							\
	s64 result = rex_sleep_begin();						\
										\
	if (!result) {								\
		result = (s64)(call);						\
		rex_sleep_end();						\
	}									\
	result;									\
})

/* panic.c */
void __noreturn rex_helper_panic(const struct rex_caller *caller, u32 code, const char *text);

/* lock.c */
bool rex_lock_held(void);
bool rex_lock_overdue(void);
extern const char rex_lock_overdue_text[];

/* map.c */
static inline struct bpf_map *rex_desc_map(const struct rex_map_desc *desc)
{
	return (struct bpf_map *)(uintptr_t)desc->map;
}

/* bpf_helper.c */
typedef u64 rex_bpf_fn(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);

/* REX_HELPER_bpf_NAME: the position in abi.BPFHelpers. */
#define REX_HELPER_ENUM(name) REX_HELPER_##name,
enum rex_bpf_helper {
	REX_BPF_HELPERS(REX_HELPER_ENUM)
	REX_NUM_BPF_HELPERS
};

#define REX_HELPER_DECLARE(name) DECLARE_STATIC_CALL(rex_##name, *(rex_bpf_fn *)NULL);
REX_BPF_HELPERS(REX_HELPER_DECLARE)

/*
 * Calls a BPF helper by the kernel's name for it, with five arguments. One
 * that was not provided does nothing and returns 0: rex_bpf_helpers() tells.
 */
#define rex_bpf_call(name, ...) static_call(rex_##name)(__VA_ARGS__)

u64 rex_bpf_helpers(void);
int rex_bpf_take(u32 fd, u32 type);

#endif /* REX_RES_H */
