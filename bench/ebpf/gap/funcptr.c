/* SPDX-License-Identifier: GPL-2.0-only */
/* The operation is a value: a function. */
#include "gap.h"

static __noinline u32 add(u32 a, u32 b) { return a + b; }
static __noinline u32 sub(u32 a, u32 b) { return a - b; }

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx);
	u32 (*op)(u32, u32);

	if (data + ETH_HLEN + 3 > DATA_END(ctx))
		return XDP_PASS;
	op = data[ETH_HLEN] == '+' ? add : sub;
	*(u32 *)data = op(data[ETH_HLEN + 1], data[ETH_HLEN + 2]);
	return XDP_TX;
}
