// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets of the network stack. Members of struct sk_buff that are no bit
 * fields are read by compiled code itself.
 */
#include <linux/errno.h>
#include <linux/skbuff.h>
#include <net/busy_poll.h>
#include <net/checksum.h>
#include <net/sch_generic.h>

#include "rex_res.h"

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
 * Return: nanoseconds, 0 when there is none.
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

/**
 * rex_skb_tstamp_type - __sk_buff.tstamp_type
 * @ctx: the struct sk_buff
 *
 * Context: a TC program.
 * Return: the clock: BPF_SKB_CLOCK_REALTIME, _MONOTONIC or _TAI.
 */
u32 rex_skb_tstamp_type(void *ctx)
{
	const struct sk_buff *skb = ctx;

	return skb->tstamp_type;
}
EXPORT_SYMBOL_GPL(rex_skb_tstamp_type);

/**
 * rex_skb_napi_id - __sk_buff.napi_id
 * @ctx: the struct sk_buff
 *
 * Context: a TC program.
 * Return: 0 when no queue with an id received the packet.
 */
u32 rex_skb_napi_id(void *ctx)
{
#ifdef CONFIG_NET_RX_BUSY_POLL
	const struct sk_buff *skb = ctx;

	/* Lower numbers are senders' CPUs, which share the member. */
	if (skb->napi_id >= MIN_NAPI_ID)
		return skb->napi_id;
#endif
	return 0;
}
EXPORT_SYMBOL_GPL(rex_skb_napi_id);

/**
 * rex_skb_load_meta - copy what an XDP program left in front of the packet
 * @ctx: the struct sk_buff
 * @dst: @len bytes of the program's memory
 * @len: how many bytes
 *
 * The bytes from __sk_buff.data_meta on, as skb_metadata_end() has them. What is
 * not there is zeroed.
 *
 * Context: a TC program.
 * Return: how many bytes of metadata there are.
 */
u64 rex_skb_load_meta(void *ctx, void *dst, u64 len)
{
	const struct sk_buff *skb = ctx;
	u64 have = skb_metadata_len(skb);
	u64 n = min(have, len);

	memcpy(dst, (const u8 *)skb_metadata_end(skb) - have, n);
	memset(dst + n, 0, len - n);
	return have;
}
EXPORT_SYMBOL_GPL(rex_skb_load_meta);

/**
 * rex_get_hash_recalc - the hash of the packet's flow
 * @ctx: the struct sk_buff
 *
 * As bpf_get_hash_recalc().
 *
 * Context: a TC program.
 * Return: the hash.
 */
u32 rex_get_hash_recalc(void *ctx)
{
	return skb_get_hash(ctx);
}
EXPORT_SYMBOL_GPL(rex_get_hash_recalc);

/**
 * rex_set_hash - set the hash of the packet's flow
 * @ctx: the struct sk_buff
 * @hash: is taken as one over addresses and ports
 *
 * As bpf_set_hash().
 *
 * Context: a TC program.
 */
void rex_set_hash(void *ctx, u32 hash)
{
	__skb_set_sw_hash(ctx, hash, true);
}
EXPORT_SYMBOL_GPL(rex_set_hash);

/**
 * rex_set_hash_invalid - forget the hash of the packet's flow
 * @ctx: the struct sk_buff
 *
 * As bpf_set_hash_invalid().
 *
 * Context: a TC program.
 */
void rex_set_hash_invalid(void *ctx)
{
	skb_clear_hash(ctx);
}
EXPORT_SYMBOL_GPL(rex_set_hash_invalid);

/**
 * rex_skb_change_type - write __sk_buff.pkt_type
 * @ctx: the struct sk_buff
 * @type: PACKET_HOST, PACKET_BROADCAST, PACKET_MULTICAST or PACKET_OTHERHOST
 *
 * As bpf_skb_change_type().
 *
 * Context: a TC program.
 * Return: 0, or -EINVAL when the old or the new type is another.
 */
u64 rex_skb_change_type(void *ctx, u32 type)
{
	struct sk_buff *skb = ctx;

	if (!skb_pkt_type_ok(skb->pkt_type) || !skb_pkt_type_ok(type))
		return (s64)-EINVAL;
	skb->pkt_type = type;
	return 0;
}
EXPORT_SYMBOL_GPL(rex_skb_change_type);

/**
 * rex_csum_update - correct the checksum that hardware computed
 * @ctx: the struct sk_buff
 * @diff: by how much
 *
 * As bpf_csum_update().
 *
 * Context: a TC program.
 * Return: 0, or -ENOTSUPP when hardware computed none.
 */
u64 rex_csum_update(void *ctx, u32 diff)
{
	struct sk_buff *skb = ctx;

	if (skb->ip_summed != CHECKSUM_COMPLETE)
		return (s64)-ENOTSUPP;
	skb->csum = csum_add(skb->csum, (__force __wsum)diff);
	return 0;
}
EXPORT_SYMBOL_GPL(rex_csum_update);
