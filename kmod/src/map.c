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

#include "rex.h"

static struct bpf_map *desc_map(const struct rex_map_desc *desc)
{
	return (struct bpf_map *)(uintptr_t)desc->map;
}

static bool supported(u32 type)
{
	switch (type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return true;
	}
	return false;
}

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

static int check_map(const struct bpf_map *map, const struct rex_map_desc *desc)
{
	CHECK(map, desc, type);
	CHECK(map, desc, flags);
	if (map->key_size != desc->key_size)
		return mismatch(desc, "key size", map->key_size, desc->key_size);
	if (map->value_size != desc->value_size)
		return mismatch(desc, "value size", map->value_size, desc->value_size);
	if (map->max_entries != desc->max_entries)
		return mismatch(desc, "max_entries", map->max_entries, desc->max_entries);
	if (!supported(map->map_type)) {
		pr_err("map %.*s: type %u is not supported\n",
		       (int)sizeof(desc->name), desc->name, map->map_type);
		return -EOPNOTSUPP;
	}
	/* Locks, timers and pointers in values need the verifier's care. */
	if (!IS_ERR_OR_NULL(map->record)) {
		pr_err("map %.*s: its BTF gives the value special fields\n",
		       (int)sizeof(desc->name), desc->name);
		return -EOPNOTSUPP;
	}
	return 0;
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
			bpf_map_put(desc_map(&maps[i]));
	}
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
	struct bpf_map *map = desc_map(desc);

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
 * Return: 0 or a negative errno.
 */
u64 rex_map_update(void *desc, void *key, void *value, u64 flags)
{
	struct bpf_map *map = desc_map(desc);

	return map->ops->map_update_elem(map, key, value, flags);
}
EXPORT_SYMBOL_GPL(rex_map_update);

/**
 * rex_map_delete - remove a key
 * @desc: struct rex_map_desc of a registered extension
 * @key: key_size bytes
 *
 * Context: any in which a program runs; called by compiled code only.
 * Return: 0 or a negative errno, -EINVAL for an array.
 */
u64 rex_map_delete(void *desc, void *key)
{
	struct bpf_map *map = desc_map(desc);

	return map->ops->map_delete_elem(map, key);
}
EXPORT_SYMBOL_GPL(rex_map_delete);
