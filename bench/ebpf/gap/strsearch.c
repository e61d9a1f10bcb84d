/* SPDX-License-Identifier: GPL-2.0-only */
/* Where in the first 1,000 bytes does a word of up to 16 bytes stand? */
#include "gap.h"

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx), *end = DATA_END(ctx), *text = data + ETH_HLEN + 17;
	u32 len;

	if (text > end)
		return XDP_PASS;
	len = data[ETH_HLEN];
	if (len == 0 || len > 16)
		return XDP_PASS;
	for (u32 i = 0; i < 1000; i++) {
		u32 j;

		for (j = 0; j < len; j++) {
			if (text + i + j + 1 > end)
				return XDP_PASS;
			if (text[i + j] != data[ETH_HLEN + 1 + j])
				break;
		}
		if (j == len) {
			*(u32 *)data = i;
			return XDP_TX;
		}
	}
	return XDP_PASS;
}
