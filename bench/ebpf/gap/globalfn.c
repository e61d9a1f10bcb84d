/* SPDX-License-Identifier: GPL-2.0-only */
/* A function of a library, given a piece of the packet. */
#include "gap.h"

struct piece {
	u8 *start, *end;
};

__noinline u32 first(struct piece *p)
{
	if (!p || p->start + 1 > p->end)
		return 0;
	return *p->start;
}

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx);
	struct piece p = { data + ETH_HLEN, DATA_END(ctx) };
	u32 v = first(&p);

	if (data + 4 > DATA_END(ctx))
		return XDP_PASS;
	*(u32 *)data = v;
	return XDP_TX;
}
