/* SPDX-License-Identifier: GPL-2.0-only */
/* Element 0 of an array of one element is always there. */
#include "gap.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} seen SEC(".maps");

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx);
	u32 key = 0;
	u64 *n = bpf_map_lookup_elem(&seen, &key);

	*n += 1;
	if (data + 4 > DATA_END(ctx))
		return XDP_PASS;
	*(u32 *)data = *n;
	return XDP_TX;
}
