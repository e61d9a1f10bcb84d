/* SPDX-License-Identifier: GPL-2.0-only */
/* A length of zero is as good as any other. */
#include "gap.h"

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx), buf[64] = {};
	u32 n, sum = 0;

	if (data + ETH_HLEN + 1 > DATA_END(ctx))
		return XDP_PASS;
	n = data[ETH_HLEN];
	if (n > sizeof(buf))
		return XDP_PASS;
	if (bpf_xdp_load_bytes(ctx, ETH_HLEN + 1, buf, n) < 0)
		return XDP_PASS;
	for (u32 i = 0; i < sizeof(buf); i++)
		sum += buf[i];
	data = DATA(ctx);
	if (data + 4 > DATA_END(ctx))
		return XDP_PASS;
	*(u32 *)data = sum;
	return XDP_TX;
}
