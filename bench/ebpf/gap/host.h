/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs of this directory as ordinary programs, to be compiled with the
 * address and undefined-behaviour sanitizers (test/gap): helpers in place of the
 * kernel's, and a main function that runs packets. It reads a length in 32 bits
 * and that many bytes for each packet, and writes the verdict in 32 bits and the
 * packet. Bytes around a packet are poisoned.
 */
#pragma once

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ROOM (1 << 16)

/* Each map is an array here; its size is in the types of its definition. */
#define bpf_map_lookup_elem(map, key)                                          \
	host_lookup(map, *(key), sizeof(*(map)->max_entries) / sizeof(int), sizeof(*(map)->value))

static void *host_lookup(const void *map, u32 key, u32 entries, size_t size)
{
	static struct {
		const void *map;
		char *values;
	} maps[4];
	int i = 0;

	if (key >= entries)
		return NULL;
	while (maps[i].map && maps[i].map != map)
		i++;
	if (!maps[i].map) {
		maps[i].map = map;
		maps[i].values = calloc(entries, size);
	}
	return maps[i].values + key * size;
}

static u64 bpf_ktime_get_ns(void) { return 1000000000; }

static long bpf_spin_lock(struct bpf_spin_lock *lock)
{
	if (lock->val)
		abort();
	lock->val = 1;
	return 0;
}

static long bpf_spin_unlock(struct bpf_spin_lock *lock)
{
	if (!lock->val)
		abort();
	lock->val = 0;
	return 0;
}

static long bpf_xdp_load_bytes(struct xdp_md *ctx, u32 off, void *buf, u32 len)
{
	if (off > ctx->data_end - ctx->data || len > ctx->data_end - ctx->data - off)
		return -22;
	memcpy(buf, (char *)(long)ctx->data + off, len);
	return 0;
}

int run(struct xdp_md *ctx);

int main(void)
{
	/* A packet's address has 32 bits. */
	char *room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	u32 len, verdict;

	(void)bpf_ktime_get_ns;
	(void)bpf_spin_lock;
	(void)bpf_spin_unlock;
	(void)bpf_xdp_load_bytes;
	(void)host_lookup;
	if (room == MAP_FAILED)
		return 2;
	while (fread(&len, sizeof(len), 1, stdin) == 1) {
		char *data = room + 4096;
		struct xdp_md ctx = { .data = (long)data, .data_end = (long)data + len, .ingress_ifindex = 1 };

		if (len > ROOM - 8192 || fread(data, 1, len, stdin) != len)
			return 2;
		ASAN_POISON_MEMORY_REGION(room, 4096);
		ASAN_POISON_MEMORY_REGION(data + len, ROOM - 4096 - len);
		verdict = run(&ctx);
		ASAN_UNPOISON_MEMORY_REGION(room, ROOM);
		if (fwrite(&verdict, sizeof(verdict), 1, stdout) != 1 || fwrite(data, 1, len, stdout) != len)
			return 2;
	}
	return 0;
}
