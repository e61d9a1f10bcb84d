/* SPDX-License-Identifier: GPL-2.0-only */
/* Copy a name whose length stands before it, checked once. */
#include "gap.h"

#define SIZE 64

static u8 name[SIZE];

SEC("xdp")
int run(struct xdp_md *ctx)
{
	u8 *data = DATA(ctx), *p = data + ETH_HLEN + 1;
	u32 n, sum = 0;

	if (p > DATA_END(ctx))
		return XDP_PASS;
	n = p[-1];
	if (n > SIZE || p + n > DATA_END(ctx))
		return XDP_PASS;
	for (u32 i = 0; i < n; i++)
		name[i] = p[i];
	for (u32 i = 0; i < n; i++)
		sum += name[i];
	*(u32 *)data = sum;
	return XDP_TX;
}
