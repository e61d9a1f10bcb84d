/* SPDX-License-Identifier: GPL-2.0-only */
/* A cookie that costs its maker 40,000 rounds of mixing, to check as well. */
#include "gap.h"

#define ROTL(x, b) ((x) << (b) | (x) >> (64 - (b)))
#define ROUND                                                                \
	v0 += v1, v1 = ROTL(v1, 13) ^ v0, v0 = ROTL(v0, 32), v2 += v3,       \
	v3 = ROTL(v3, 16) ^ v2, v0 += v3, v3 = ROTL(v3, 21) ^ v0, v2 += v1, \
	v1 = ROTL(v1, 17) ^ v2, v2 = ROTL(v2, 32)

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx);
	u64 v0, v1, v2 = 2, v3 = 3;

	if (data + ETH_HLEN + 16 > DATA_END(ctx))
		return XDP_PASS;
	v0 = *(u64 *)(data + ETH_HLEN);
	v1 = *(u64 *)(data + ETH_HLEN + 8);
	for (u32 i = 0; i < 40000; i += 40) {
#pragma unroll
		for (u32 j = 0; j < 40; j++)
			ROUND;
	}
	*(u32 *)data = v0 ^ v1 ^ v2 ^ v3;
	return XDP_TX;
}
