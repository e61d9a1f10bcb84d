/* SPDX-License-Identifier: GPL-2.0-only */
/* A byte of the packet says which field of the context to return. */
#include "gap.h"

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx);
	u32 v;

	if (data + ETH_HLEN + 1 > DATA_END(ctx))
		return XDP_PASS;
	if (data[ETH_HLEN] == 1)
		v = ctx->ingress_ifindex;
	else
		v = ctx->rx_queue_index;
	*(u32 *)data = v;
	return XDP_TX;
}
