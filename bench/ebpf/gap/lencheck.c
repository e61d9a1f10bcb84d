/* SPDX-License-Identifier: GPL-2.0-only */
/* The check is on the length that is left, not on a pointer. */
#include "gap.h"

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx);
	long left = DATA_END(ctx) - data;

	if (left < ETH_HLEN + 4)
		return XDP_PASS;
	*(u32 *)data = data[ETH_HLEN] + data[ETH_HLEN + 3];
	return XDP_TX;
}
