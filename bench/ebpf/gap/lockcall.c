/* SPDX-License-Identifier: GPL-2.0-only */
/* A token bucket that reads the clock under its lock. */
#include "gap.h"

struct bucket {
	struct bpf_spin_lock lock;
	u32 tokens;
	u64 last;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct bucket);
} buckets SEC(".maps");

SEC("xdp")
int run(struct xdp_md *ctx)
{
	struct bucket *b;
	u32 key = 0;
	int verdict = XDP_DROP;
	u64 now;

	b = bpf_map_lookup_elem(&buckets, &key);
	if (!b)
		return XDP_PASS;
	bpf_spin_lock(&b->lock);
	now = bpf_ktime_get_ns();
	if (b->last == 0 || now - b->last > 3600000000000ULL) {
		b->tokens = 2;
		b->last = now;
	}
	if (b->tokens > 0) {
		b->tokens--;
		verdict = XDP_PASS;
	}
	bpf_spin_unlock(&b->lock);
	return verdict;
}
