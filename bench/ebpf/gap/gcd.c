/* SPDX-License-Identifier: GPL-2.0-only */
/* Euclid's algorithm: in each step one of the two numbers gets smaller. */
#include "gap.h"

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx);
	u32 a, b;

	if (data + ETH_HLEN + 8 > DATA_END(ctx))
		return XDP_PASS;
	a = *(u32 *)(data + ETH_HLEN);
	b = *(u32 *)(data + ETH_HLEN + 4);
	while (a != 0 && b != 0) {
		if (a > b)
			a %= b;
		else
			b %= a;
	}
	*(u32 *)data = a + b;
	return XDP_TX;
}
