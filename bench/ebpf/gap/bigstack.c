/* SPDX-License-Identifier: GPL-2.0-only */
/* Two buffers of 320 bytes, in two functions. */
#include "gap.h"

static __noinline u32 digest(const u8 *in)
{
	volatile u8 state[320];
	u32 sum = 0;

	for (u32 i = 0; i < sizeof(state); i++)
		state[i] = in[i % 16] + i;
	for (u32 i = 0; i < sizeof(state); i++)
		sum = sum * 31 + state[i];
	return sum;
}

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx);
	volatile u8 block[320];

	if (data + ETH_HLEN + 16 > DATA_END(ctx))
		return XDP_PASS;
	for (u32 i = 0; i < sizeof(block); i++)
		block[i] = data[ETH_HLEN + i % 16];
	*(u32 *)data = digest((u8 *)block + 304);
	return XDP_TX;
}
