// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF maps: checked and pinned down at registration, used through the map's
 * own operations.
 *
 * The operations want the calling conventions of a BPF program: RCU read
 * side, no migration. A program runs inside both: every hook calls its stub
 * under rcu_read_lock(), rex_init_run() takes it itself, and preemption is
 * off from rex_enter to rex_leave. A value's memory therefore stays valid to
 * the end of the invocation, as for a BPF program.
 *
 * Hash tables guard themselves against being entered again on the same CPU
 * (an NMI in the middle of an update): they return -EBUSY.
 */
#include <linux/bpf.h>
#include <linux/string.h>

#include "rex_res.h"

static bool supported(u32 type)
{
	switch (type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_LPM_TRIE:
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_BLOOM_FILTER:
	case BPF_MAP_TYPE_STACK_TRACE:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_DEVMAP_HASH:
	case BPF_MAP_TYPE_CPUMAP:
	case BPF_MAP_TYPE_XSKMAP:
		return true;
	}
	return false;
}

/* The helpers that a ring buffer is used through. */
#define RINGBUF_HELPERS (BIT_ULL(REX_HELPER_bpf_ringbuf_reserve) |		\
			 BIT_ULL(REX_HELPER_bpf_ringbuf_submit) |		\
			 BIT_ULL(REX_HELPER_bpf_ringbuf_discard) |		\
			 BIT_ULL(REX_HELPER_bpf_ringbuf_output))

#define CHECK(map, desc, field) do {						\
	if ((map)->map_##field != (desc)->field)				\
		return mismatch(desc, #field, (map)->map_##field, (desc)->field); \
} while (0)

static int mismatch(const struct rex_map_desc *desc, const char *what, u32 got, u32 want)
{
	pr_err("map %.*s: %s is %u, the extension expects %u\n",
	       (int)sizeof(desc->name), desc->name, what, got, want);
	return -EINVAL;
}

/*
 * Timers and pointers in values need the verifier's care. A lock has to be
 * where the extension has its own: only then do the map's operations leave it
 * alone when they copy values.
 */
static int check_record(const struct bpf_map *map, const struct rex_map_desc *desc)
{
	const struct btf_record *record = IS_ERR_OR_NULL(map->record) ? NULL : map->record;
	u32 lock = 0;

	if (record && record->field_mask == BPF_SPIN_LOCK)
		lock = record->spin_lock_off + 1;
	else if (record) {
		pr_err("map %.*s: its BTF gives the value special fields\n",
		       (int)sizeof(desc->name), desc->name);
		return -EOPNOTSUPP;
	}
	if (lock != desc->lock)
		return mismatch(desc, "lock's offset plus 1", lock, desc->lock);
	return 0;
}

static int check_map(const struct bpf_map *map, const struct rex_map_desc *desc)
{
	u32 flags = map->map_flags;

	/* The kernel sets it for these (dev_map_init_map() in kernel/bpf/devmap.c). */
	if (map->map_type == BPF_MAP_TYPE_DEVMAP || map->map_type == BPF_MAP_TYPE_DEVMAP_HASH)
		flags &= ~BPF_F_RDONLY_PROG;
	CHECK(map, desc, type);
	if (flags != desc->flags)
		return mismatch(desc, "flags", flags, desc->flags);
	if (map->key_size != desc->key_size)
		return mismatch(desc, "key size", map->key_size, desc->key_size);
	if (map->value_size != desc->value_size)
		return mismatch(desc, "value size", map->value_size, desc->value_size);
	/* 0: user space makes it as large as the machine. */
	if (desc->max_entries && map->max_entries != desc->max_entries)
		return mismatch(desc, "max_entries", map->max_entries, desc->max_entries);
	if (!supported(map->map_type)) {
		pr_err("map %.*s: type %u is not supported\n",
		       (int)sizeof(desc->name), desc->name, map->map_type);
		return -EOPNOTSUPP;
	}
	if (map->map_type == BPF_MAP_TYPE_RINGBUF &&
	    (rex_bpf_helpers() & RINGBUF_HELPERS) != RINGBUF_HELPERS) {
		pr_err("map %.*s: the kernel's ring-buffer helpers were not provided\n",
		       (int)sizeof(desc->name), desc->name);
		return -EOPNOTSUPP;
	}
	return check_record(map, desc);
}

/**
 * rex_maps_get - take a reference on every map of an extension
 * @desc: maps[].fd are file descriptors of the current process
 *
 * Context: process, may sleep; in the process that loads the extension.
 * Return: 0; -EBADF for a bad descriptor, -EINVAL for a map that is not what
 * the extension was compiled for, -EOPNOTSUPP for one that cannot be used.
 * Nothing is held on error.
 */
int rex_maps_get(struct rex_ext_desc *desc)
{
	struct rex_map_desc *maps = rex_ext_maps(desc);
	u32 i;

	for (i = 0; i < desc->num_maps; i++) {
		struct bpf_map *map = bpf_map_get(maps[i].fd);
		int err;

		if (IS_ERR(map)) {
			pr_err("map %.*s: file descriptor %d is not a BPF map\n",
			       (int)sizeof(maps[i].name), maps[i].name, maps[i].fd);
			rex_maps_put(desc);
			return PTR_ERR(map);
		}
		err = check_map(map, &maps[i]);
		if (err) {
			bpf_map_put(map);
			rex_maps_put(desc);
			return err;
		}
		maps[i].map = (uintptr_t)map;
	}
	return 0;
}

/**
 * rex_maps_put - drop the references of rex_maps_get
 * @desc: no program of it runs any more; only read, the table may be
 *	read-only by now
 *
 * Context: process, may sleep.
 */
void rex_maps_put(struct rex_ext_desc *desc)
{
	struct rex_map_desc *maps = rex_ext_maps(desc);
	u32 i;

	for (i = 0; i < desc->num_maps; i++) {
		/* Not cleared: the table is read-only once init has returned. */
		if (maps[i].map)
			bpf_map_put(rex_desc_map(&maps[i]));
	}
}

/*
 * These take locks of their own, which an NMI could find taken on its CPU;
 * hash tables and queues guard against that themselves.
 */
static bool busy(const struct bpf_map *map)
{
	if (!in_nmi())
		return false;
	switch (map->map_type) {
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_LPM_TRIE:
		return true;
	default:
		return false;
	}
}

/*
 * The lock of a trie is one that sleeps on PREEMPT_RT (since 6.13 it is not), and
 * it allocates while it has it.
 */
static bool sleeps(const struct bpf_map *map)
{
	return IS_ENABLED(CONFIG_PREEMPT_RT) && map->map_type == BPF_MAP_TYPE_LPM_TRIE;
}

/**
 * rex_map_lookup - the address of a value
 * @desc: struct rex_map_desc of a registered extension
 * @key: key_size bytes
 *
 * Of a per-CPU map it is this CPU's value.
 *
 * Context: any in which a program runs; called by compiled code only.
 * Return: the address, valid until the invocation ends, or NULL.
 */
void *rex_map_lookup(void *desc, void *key)
{
	struct bpf_map *map = rex_desc_map(desc);

	return map->ops->map_lookup_elem(map, key);
}
EXPORT_SYMBOL_GPL(rex_map_lookup);

/**
 * rex_map_update - set a value
 * @desc: struct rex_map_desc of a registered extension
 * @key: key_size bytes
 * @value: value_size bytes
 * @flags: BPF_ANY, BPF_NOEXIST or BPF_EXIST
 *
 * Of a per-CPU map it sets this CPU's value.
 *
 * Context: any in which a program runs; called by compiled code only.
 * Return: 0 or a negative errno, -EBUSY where the map's lock cannot be taken.
 */
u64 rex_map_update(void *desc, void *key, void *value, u64 flags)
{
	struct bpf_map *map = rex_desc_map(desc);

	if (busy(map))
		return -EBUSY;
	if (sleeps(map))
		return REX_MAY_SLEEP(map->ops->map_update_elem(map, key, value, flags));
	return map->ops->map_update_elem(map, key, value, flags);
}
EXPORT_SYMBOL_GPL(rex_map_update);

/**
 * rex_map_delete - remove a key
 * @desc: struct rex_map_desc of a registered extension
 * @key: key_size bytes
 *
 * Context: any in which a program runs; called by compiled code only.
 * Return: 0 or a negative errno, -EINVAL for an array, -EBUSY where the map's
 * lock cannot be taken.
 */
u64 rex_map_delete(void *desc, void *key)
{
	struct bpf_map *map = rex_desc_map(desc);

	if (busy(map))
		return -EBUSY;
	if (sleeps(map))
		return REX_MAY_SLEEP(map->ops->map_delete_elem(map, key));
	return map->ops->map_delete_elem(map, key);
}
EXPORT_SYMBOL_GPL(rex_map_delete);

/**
 * rex_map_push - add a value to a queue, stack or Bloom filter
 * @desc: struct rex_map_desc of a registered extension
 * @value: value_size bytes
 * @flags: BPF_ANY; BPF_EXIST drops the oldest of a full queue or stack
 *
 * Context: any in which a program runs; called by compiled code only.
 * Return: 0 or a negative errno, -E2BIG when full.
 */
u64 rex_map_push(void *desc, void *value, u64 flags)
{
	struct bpf_map *map = rex_desc_map(desc);

	return map->ops->map_push_elem(map, value, flags);
}
EXPORT_SYMBOL_GPL(rex_map_push);

/**
 * rex_map_pop - take a value from a queue or stack
 * @desc: struct rex_map_desc of a registered extension
 * @value: receives value_size bytes, zeros on failure
 *
 * Context: any in which a program runs; called by compiled code only.
 * Return: 0 or a negative errno, -ENOENT when empty.
 */
u64 rex_map_pop(void *desc, void *value)
{
	struct bpf_map *map = rex_desc_map(desc);

	return map->ops->map_pop_elem(map, value);
}
EXPORT_SYMBOL_GPL(rex_map_pop);

/**
 * rex_map_peek - read what rex_map_pop() would take, or test a Bloom filter
 * @desc: struct rex_map_desc of a registered extension
 * @value: receives value_size bytes; of a Bloom filter, what to look for
 *
 * Context: any in which a program runs; called by compiled code only.
 * Return: 0 or a negative errno, -ENOENT when empty or not in the filter.
 */
u64 rex_map_peek(void *desc, void *value)
{
	struct bpf_map *map = rex_desc_map(desc);

	return map->ops->map_peek_elem(map, value);
}
EXPORT_SYMBOL_GPL(rex_map_peek);

/**
 * rex_map_next_key - one step of an iteration over a hash table
 * @desc: struct rex_map_desc of a registered extension
 * @key: key_size bytes, NULL for the first step
 * @next: receives key_size bytes
 * @n: how many steps came before
 *
 * When @key is no longer in the map the iteration begins again, so others
 * that update the map could keep it going for ever: it ends after as many
 * steps as the map has room for entries.
 *
 * Context: any in which a program runs; called by compiled code only.
 * Return: 0 or a negative errno, -ENOENT at the end.
 */
u64 rex_map_next_key(void *desc, void *key, void *next, u64 n)
{
	struct bpf_map *map = rex_desc_map(desc);

	if (n >= map->max_entries)
		return -ENOENT;
	return map->ops->map_get_next_key(map, key, next);
}
EXPORT_SYMBOL_GPL(rex_map_next_key);
