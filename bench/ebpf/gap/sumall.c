/* SPDX-License-Identifier: GPL-2.0-only */
/* The sum of all bytes of a packet, however long it is. */
#include "gap.h"

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx), *end = DATA_END(ctx);
	u32 sum = 0;

	for (u8 *p = data; p + 1 <= end; p++)
		sum += *p;
	if (data + 4 > end)
		return XDP_PASS;
	*(u32 *)data = sum;
	return XDP_TX;
}
