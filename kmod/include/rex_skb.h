/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that work on struct sk_buff share. */
#ifndef REX_SKB_H
#define REX_SKB_H

#include <linux/types.h>

struct sk_buff;

/* skb_move.c */
s64 rex_skb_detach(struct sk_buff *skb);

#endif /* REX_SKB_H */
