/* SPDX-License-Identifier: GPL-2.0-only */
/* A number in decimal: 32 bits never make more than ten digits. */
#include "gap.h"

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx), digits[10] = {};
	u32 v, n = 0;

	if (data + ETH_HLEN + 4 > DATA_END(ctx))
		return XDP_PASS;
	v = *(u32 *)(data + ETH_HLEN);
	do {
		digits[n++] = '0' + v % 10;
		v /= 10;
	} while (v != 0);
	for (u32 i = 0; i < 10; i++)
		data[i] = digits[9 - i];
	return XDP_TX;
}
