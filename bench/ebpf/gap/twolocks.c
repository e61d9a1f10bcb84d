/* SPDX-License-Identifier: GPL-2.0-only */
/* A transfer between two accounts, which both stay locked meanwhile. */
#include "gap.h"

struct account {
	struct bpf_spin_lock lock;
	u32 balance;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, struct account);
} accounts SEC(".maps");

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx);
	struct account *a, *b;
	u32 low, high, amount, left;

	if (data + ETH_HLEN + 3 > DATA_END(ctx))
		return XDP_PASS;
	/* Always in the same order, so that there is no deadlock. */
	low = data[ETH_HLEN];
	high = data[ETH_HLEN + 1];
	amount = data[ETH_HLEN + 2];
	if (low >= high)
		return XDP_PASS;
	a = bpf_map_lookup_elem(&accounts, &low);
	b = bpf_map_lookup_elem(&accounts, &high);
	if (!a || !b)
		return XDP_PASS;
	bpf_spin_lock(&a->lock);
	bpf_spin_lock(&b->lock);
	a->balance -= amount;
	b->balance += amount;
	left = b->balance;
	bpf_spin_unlock(&b->lock);
	bpf_spin_unlock(&a->lock);
	*(u32 *)data = left;
	return XDP_TX;
}
