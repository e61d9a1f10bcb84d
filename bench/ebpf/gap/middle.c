/* SPDX-License-Identifier: GPL-2.0-only */
/* The middle byte of a string that was checked as a whole. */
#include "gap.h"

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx), *end = DATA_END(ctx), *p = data + ETH_HLEN + 1;
	u32 n;

	if (p > end)
		return XDP_PASS;
	n = p[-1];
	if (n == 0 || p + n > end)
		return XDP_PASS;
	*(u32 *)data = p[n / 2];
	return XDP_TX;
}
