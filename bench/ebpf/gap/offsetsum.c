/* SPDX-License-Identifier: GPL-2.0-only */
/* Three options, each behind a length of its own; the last one's first byte. */
#include "gap.h"

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx), *end = DATA_END(ctx), *p = data + ETH_HLEN;
	u16 len;

	if (p + 2 > end)
		return XDP_PASS;
	len = *(u16 *)p;
	p += 2 + len;
	if (p + 2 > end)
		return XDP_PASS;
	len = *(u16 *)p;
	p += 2 + len;
	if (p + 1 > end)
		return XDP_PASS;
	*(u32 *)data = *p;
	return XDP_TX;
}
