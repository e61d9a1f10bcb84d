/* SPDX-License-Identifier: GPL-2.0-only */
/* A tree in a packet: each byte is the number of a node's children. */
#include "gap.h"

struct input {
	u8 bytes[32];
	u32 pos;
};

static __noinline u32 depth(struct input *in)
{
	u32 deepest = 0, children;

	if (in->pos >= sizeof(in->bytes))
		return 0;
	children = in->bytes[in->pos++];
	for (u32 i = 0; i < children && i < 4; i++) {
		u32 d = depth(in);

		if (d > deepest)
			deepest = d;
	}
	return deepest + 1;
}

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx);
	struct input in = {};

	if (data + ETH_HLEN + 32 > DATA_END(ctx))
		return XDP_PASS;
	__builtin_memcpy(in.bytes, data + ETH_HLEN, 32);
	*(u32 *)data = depth(&in);
	return XDP_TX;
}
