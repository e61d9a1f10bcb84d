/* SPDX-License-Identifier: GPL-2.0-only */
/* Two strings one behind the other: that both fit was checked before. */
#include "gap.h"

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx), buf[64] = {};
	u32 a, b;

	if (data + ETH_HLEN + 2 > DATA_END(ctx))
		return XDP_PASS;
	a = data[ETH_HLEN];
	b = data[ETH_HLEN + 1];
	if (a == 0 || b == 0 || a + b > sizeof(buf))
		return XDP_PASS;
	buf[a - 1] = 'a';
	buf[a + b - 1] = 'b';
	*(u32 *)data = buf[0] | buf[20] << 8 | buf[63] << 16;
	return XDP_TX;
}
