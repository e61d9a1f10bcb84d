// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets of the network stack. Members of struct sk_buff that are no bit
 * fields are read by compiled code itself.
 */
#include <linux/skbuff.h>
#include <net/sch_generic.h>

#include "rex_res.h"

static void drop_kept(struct rex_held *held)
{
	consume_skb((struct sk_buff *)rex_held_slot(held)->ptr);
}

/**
 * rex_skb_writable - make a packet's linear part its own
 * @ctx: the struct sk_buff
 *
 * Others may hold clones of the packet: a retransmission queue, a packet
 * socket. They must not see what the program writes, so the linear part is
 * copied then. The program may still have slices of the old one, therefore a
 * clone keeps it until the invocation ends.
 *
 * Context: a TC program.
 * Return: 0 or -ENOMEM, with the packet unchanged.
 */
u64 rex_skb_writable(void *ctx)
{
	struct sk_buff *skb = ctx;
	unsigned int len = skb_headlen(skb);
	struct sk_buff *old;
	struct rex_slot *slot;

	if (!skb_cloned(skb) || skb_clone_writable(skb, len))
		return 0;
	slot = rex_slot_get();
	old = slot ? skb_clone(skb, GFP_ATOMIC) : NULL;
	if (!old)
		return (s64)-ENOMEM;
	if (skb_ensure_writable(skb, len)) {
		consume_skb(old);
		return (s64)-ENOMEM;
	}
	slot->ptr = old;
	rex_slot_hold(slot, drop_kept);
	return 0;
}
EXPORT_SYMBOL_GPL(rex_skb_writable);

/**
 * rex_skb_load_bytes - copy from anywhere in a packet
 * @ctx: the struct sk_buff
 * @off: from the start of its data
 * @dst: @len bytes of the program's memory
 * @len: how many bytes
 *
 * Context: a TC program.
 * Return: 0, or -EFAULT when the packet ends before, with @dst zeroed.
 */
u64 rex_skb_load_bytes(void *ctx, u64 off, void *dst, u64 len)
{
	const struct sk_buff *skb = ctx;

	if (off <= skb->len && len <= skb->len - off && !skb_copy_bits(skb, off, dst, len))
		return 0;
	memset(dst, 0, len);
	return (s64)-EFAULT;
}
EXPORT_SYMBOL_GPL(rex_skb_load_bytes);

/**
 * rex_skb_tstamp - __sk_buff.tstamp
 * @ctx: the struct sk_buff
 *
 * As bpf_convert_tstamp_read() in net/core/filter.c: on ingress a delivery
 * time is not shown as the time of receipt.
 *
 * Context: a TC program.
 */
u64 rex_skb_tstamp(void *ctx)
{
	const struct sk_buff *skb = ctx;

	return skb_at_tc_ingress(skb) && skb->tstamp_type ? 0 : skb->tstamp;
}
EXPORT_SYMBOL_GPL(rex_skb_tstamp);

/**
 * rex_skb_set_tstamp - write __sk_buff.tstamp
 * @ctx: the struct sk_buff
 * @nanoseconds: the new time
 *
 * As bpf_convert_tstamp_write(): on ingress it is a time of receipt from now
 * on.
 *
 * Context: a TC program.
 */
void rex_skb_set_tstamp(void *ctx, u64 nanoseconds)
{
	struct sk_buff *skb = ctx;

	if (skb_at_tc_ingress(skb))
		skb->tstamp_type = SKB_CLOCK_REALTIME;
	skb->tstamp = nanoseconds;
}
EXPORT_SYMBOL_GPL(rex_skb_set_tstamp);

/**
 * rex_skb_pkt_type - __sk_buff.pkt_type
 * @ctx: the struct sk_buff
 *
 * Context: a TC program.
 * Return: PACKET_HOST, PACKET_BROADCAST and so on.
 */
u32 rex_skb_pkt_type(void *ctx)
{
	const struct sk_buff *skb = ctx;

	return skb->pkt_type;
}
EXPORT_SYMBOL_GPL(rex_skb_pkt_type);
