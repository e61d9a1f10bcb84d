/* SPDX-License-Identifier: GPL-2.0-only */
/* A hash of the receive queue's number, byte by byte (FNV-1a). */
#include "gap.h"

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx);
	const u8 *queue = (const u8 *)&ctx->rx_queue_index;
	u32 hash = 2166136261;

	if (data + 4 > DATA_END(ctx))
		return XDP_PASS;
	for (u32 i = 0; i < sizeof(ctx->rx_queue_index); i++)
		hash = (hash ^ queue[i]) * 16777619;
	*(u32 *)data = hash;
	return XDP_TX;
}
