/* SPDX-License-Identifier: GPL-2.0-only */
/* Ten layers, each of which calls the next one. */
#include "gap.h"

#define LAYER(name, next, n) \
	static __noinline u32 name(u32 v) { return next(v * 3 + n) ^ n; }

static __noinline u32 layer9(u32 v)
{
	return v + 9;
}
LAYER(layer8, layer9, 8)
LAYER(layer7, layer8, 7)
LAYER(layer6, layer7, 6)
LAYER(layer5, layer6, 5)
LAYER(layer4, layer5, 4)
LAYER(layer3, layer4, 3)
LAYER(layer2, layer3, 2)
LAYER(layer1, layer2, 1)

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx);

	if (data + ETH_HLEN + 4 > DATA_END(ctx))
		return XDP_PASS;
	*(u32 *)data = layer1(*(u32 *)(data + ETH_HLEN));
	return XDP_TX;
}
