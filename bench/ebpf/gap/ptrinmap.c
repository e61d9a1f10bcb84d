/* SPDX-License-Identifier: GPL-2.0-only */
/* A linked list, of memory that a small allocator hands out. */
#include "gap.h"

struct node {
	struct node *next;
	u32 value;
};

struct heap {
	struct node nodes[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct heap);
} heap SEC(".maps");

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx);
	struct node *list = 0;
	struct heap *h;
	u32 key = 0, sum = 0;

	if (data + ETH_HLEN + 16 > DATA_END(ctx))
		return XDP_PASS;
	h = bpf_map_lookup_elem(&heap, &key);
	if (!h)
		return XDP_PASS;
	for (u32 i = 0; i < 16; i++) {
		struct node *n = &h->nodes[i];

		n->value = data[ETH_HLEN + i];
		n->next = list;
		list = n;
	}
	for (struct node *n = list; n; n = n->next)
		sum = sum * 3 + n->value;
	*(u32 *)data = sum;
	return XDP_TX;
}
