// SPDX-License-Identifier: GPL-2.0-only
/*
 * What moves, replaces or unshares the linear part of a struct sk_buff.
 *
 * A program may have slices of the linear part. The rule that makes them safe:
 * the bytes behind a slice are, until the invocation ends, either the packet's
 * own (no clone shares them) or kept by a clone that only we know (no one else
 * sees them). rex_skb_writable(), which every slice comes from, establishes the
 * first. Before a call that may give the linear part away, keep() makes such a
 * clone; the kernel then leaves the old bytes to it and goes on with a copy. A
 * stale slice thus shows old bytes, and what is written there reaches nobody.
 *
 * Without slices nothing is kept, and nothing is copied.
 */
#include <linux/errno.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/checksum.h>

#include "rex_res.h"
#include "rex_skb.h"

/**
 * struct sliced - the linear part that an invocation has slices of
 * @prog: the program that runs
 * @count: its invocation count, which tells invocations apart
 * @head: of the packet when the newest slice was made
 */
struct sliced {
	const struct rex_prog_desc *prog;
	u64 count;
	const void *head;
};

/* Written by this CPU only; each level has its own. */
static DEFINE_PER_CPU(struct sliced, sliced[REX_MAX_LEVELS]);

static struct sliced this_invocation(const struct sk_buff *skb)
{
	const struct rex_prog_desc *prog = rex_this_level()->prog;

	return (struct sliced){
		.prog = prog,
		.count = this_cpu_read(rex_prog_stats(prog)->invocations),
		.head = skb->head,
	};
}

static struct sliced *slices(void)
{
	return this_cpu_ptr(&sliced[this_cpu_read(rex_cpu.top)]);
}

/* Older slices are of linear parts that are kept already. */
static bool has_slices(const struct sk_buff *skb)
{
	struct sliced now = this_invocation(skb), *s = slices();

	return s->head == now.head && s->prog == now.prog && s->count == now.count;
}

/**
 * struct kept - a linear part on its way to be kept
 * @slot: where it will be recorded
 * @old: a clone of the packet as it is, NULL when there is nothing to keep
 */
struct kept {
	struct rex_slot *slot;
	struct sk_buff *old;
};

/* At once, if possible: as long as it is there the packet is shared. */
static void drop(struct sk_buff *skb)
{
	if (REX_MAY_SLEEP((consume_skb(skb), 0)))
		dev_consume_skb_irq(skb);
}

static void drop_kept(struct rex_held *held)
{
	drop(rex_held_slot(held)->ptr);
}

static int keep(struct sk_buff *skb, struct kept *k)
{
	k->old = NULL;
	if (!has_slices(skb))
		return 0;
	k->slot = rex_slot_get();
	if (!k->slot)
		return -ENOMEM;
	return REX_MAY_SLEEP((k->old = skb_clone(skb, GFP_ATOMIC)) ? 0 : -ENOMEM);
}

static void keep_end(struct sk_buff *skb, struct kept *k)
{
	if (!k->old)
		return;
	if (k->old->head == skb->head) {
		/* It was not given away. */
		drop(k->old);
		return;
	}
	k->slot->ptr = k->old;
	rex_slot_hold(k->slot, drop_kept);
}

/* Evaluates call, an s64 that may sleep on PREEMPT_RT, between the two. */
#define KEEPING(skb, call) ({						\
	struct kept kept;						\
	s64 err = keep(skb, &kept);					\
									\
	if (!err) {							\
		err = REX_MAY_SLEEP(call);				\
		keep_end(skb, &kept);					\
	}								\
	err;								\
})

/* Makes the first len bytes linear and the packet's own; len <= skb->len. */
static s64 own(struct sk_buff *skb, unsigned int len)
{
	if (len <= skb_headlen(skb) && (!skb_cloned(skb) || skb_clone_writable(skb, len)))
		return 0;
	return KEEPING(skb, skb_ensure_writable(skb, len));
}

/**
 * rex_skb_detach - leave the linear part to the slices that a program has of it
 * @skb: the packet
 *
 * Afterwards the packet may be shared with others: no slice is of what it has
 * now.
 *
 * Context: a TC program.
 * Return: 0 or -ENOMEM, with the packet unchanged.
 */
s64 rex_skb_detach(struct sk_buff *skb)
{
	if (!has_slices(skb))
		return 0;
	return KEEPING(skb, pskb_expand_head(skb, 0, 0, GFP_ATOMIC));
}

/**
 * rex_skb_writable - make a packet's linear part its own, for a slice
 * @ctx: the struct sk_buff
 *
 * Others may hold clones of the packet: a retransmission queue, a packet
 * socket. They must not see what the program writes, so the linear part is
 * copied then.
 *
 * Context: a TC program.
 * Return: 0 or -ENOMEM, with the packet unchanged.
 */
u64 rex_skb_writable(void *ctx)
{
	struct sk_buff *skb = ctx;

	if (own(skb, skb_headlen(skb)))
		return (s64)-ENOMEM;
	*slices() = this_invocation(skb);
	return 0;
}
EXPORT_SYMBOL_GPL(rex_skb_writable);

/**
 * rex_skb_pull_data - make a packet's first bytes linear and its own
 * @ctx: the struct sk_buff
 * @len: how many, 0 for those that are linear already
 *
 * As bpf_skb_pull_data().
 *
 * Context: a TC program.
 * Return: 0, -EINVAL when the packet is shorter, or -ENOMEM.
 */
u64 rex_skb_pull_data(void *ctx, u64 len)
{
	struct sk_buff *skb = ctx;

	if (len > skb->len)
		return (s64)-EINVAL;
	return own(skb, len ?: skb_headlen(skb));
}
EXPORT_SYMBOL_GPL(rex_skb_pull_data);

/**
 * rex_skb_store_bytes - copy to anywhere in a packet
 * @ctx: the struct sk_buff
 * @off: from the start of its data
 * @src: @len bytes of the program's memory, which may be of the packet itself
 * @len: how many bytes
 * @flags: BPF_F_RECOMPUTE_CSUM, BPF_F_INVALIDATE_HASH
 *
 * As bpf_skb_store_bytes(), which takes no bytes of the packet.
 *
 * Context: a TC program.
 * Return: 0, -EINVAL for other flags, -EFAULT when the packet ends before, or
 * -ENOMEM.
 */
u64 rex_skb_store_bytes(void *ctx, u64 off, void *src, u64 len, u64 flags)
{
	struct sk_buff *skb = ctx;
	s64 err;

	if (flags & ~(BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH))
		return (s64)-EINVAL;
	if (off > skb->len || len > skb->len - off)
		return (s64)-EFAULT;
	err = own(skb, off + len);
	if (err)
		return (s64)-ENOMEM;
	if (flags & BPF_F_RECOMPUTE_CSUM)
		__skb_postpull_rcsum(skb, skb->data + off, len, off);
	memmove(skb->data + off, src, len);
	if (flags & BPF_F_RECOMPUTE_CSUM)
		__skb_postpush_rcsum(skb, skb->data + off, len, off);
	if (flags & BPF_F_INVALIDATE_HASH)
		skb_clear_hash(skb);
	return 0;
}
EXPORT_SYMBOL_GPL(rex_skb_store_bytes);

/* What of a 16-bit checksum at off both functions check. */
static s64 own_csum(struct sk_buff *skb, u64 off)
{
	if (off > 0xffff || off & 1 || skb->len < sizeof(__sum16) || off > skb->len - sizeof(__sum16))
		return -EFAULT;
	return own(skb, off + sizeof(__sum16)) ? -ENOMEM : 0;
}

/**
 * rex_l3_csum_replace - correct a checksum
 * @ctx: the struct sk_buff
 * @off: where it is, from the start of the packet's data
 * @diff: by how much, as bpf_csum_diff() computes it
 *
 * As bpf_l3_csum_replace() of size 0.
 *
 * Context: a TC program.
 * Return: 0, -EFAULT when @off is odd or too large, or -ENOMEM.
 */
u64 rex_l3_csum_replace(void *ctx, u64 off, u32 diff)
{
	struct sk_buff *skb = ctx;
	s64 err = own_csum(skb, off);

	if (!err)
		csum_replace_by_diff((__sum16 *)(skb->data + off), (__force __wsum)diff);
	return err;
}
EXPORT_SYMBOL_GPL(rex_l3_csum_replace);

/**
 * rex_l4_csum_replace - correct a transport protocol's checksum
 * @ctx: the struct sk_buff
 * @off: where it is, from the start of the packet's data
 * @diff: by how much, as bpf_csum_diff() computes it
 * @flags: of bpf_l4_csum_replace(), without a size
 *
 * Context: a TC program.
 * Return: 0, -EFAULT when @off is odd or too large, -EINVAL for other flags, or
 * -ENOMEM.
 */
u64 rex_l4_csum_replace(void *ctx, u64 off, u32 diff, u64 flags)
{
	struct sk_buff *skb = ctx;
	s64 err;

	if (flags & BPF_F_HDR_FIELD_MASK)
		return (s64)-EINVAL;
	err = own_csum(skb, off);
	/* The helper finds the bytes writable and moves nothing. */
	return err ?: rex_bpf_call(bpf_l4_csum_replace, (uintptr_t)skb, off, 0, diff, flags);
}
EXPORT_SYMBOL_GPL(rex_l4_csum_replace);

/**
 * rex_skb_change_head - put zero bytes in front of a packet
 * @ctx: the struct sk_buff
 * @len: how many; fits in 32 bits
 *
 * bpf_skb_change_head(): the link-layer header begins there then.
 *
 * Context: a TC program.
 * Return: 0, -EINVAL when the packet would be too long, or -ENOMEM.
 */
u64 rex_skb_change_head(void *ctx, u64 len)
{
	struct sk_buff *skb = ctx;

	return KEEPING(skb, rex_bpf_call(bpf_skb_change_head, (uintptr_t)skb, len, 0, 0, 0));
}
EXPORT_SYMBOL_GPL(rex_skb_change_head);

/**
 * rex_skb_change_tail - change a packet's length
 * @ctx: the struct sk_buff
 * @len: the new one; fits in 32 bits
 *
 * bpf_skb_change_tail(): the packet is linear then, and not segmented by
 * hardware; bytes that it grows by are zero.
 *
 * Context: a TC program.
 * Return: 0, -EINVAL when it would be too short or too long, -ENOTSUPP for
 * encapsulated packets, or -ENOMEM.
 */
u64 rex_skb_change_tail(void *ctx, u64 len)
{
	struct sk_buff *skb = ctx;

	return KEEPING(skb, rex_bpf_call(bpf_skb_change_tail, (uintptr_t)skb, len, 0, 0, 0));
}
EXPORT_SYMBOL_GPL(rex_skb_change_tail);

/**
 * rex_skb_change_proto - make room for another version of IP
 * @ctx: the struct sk_buff
 * @proto: ETH_P_IP or ETH_P_IPV6
 *
 * bpf_skb_change_proto().
 *
 * Context: a TC program.
 * Return: 0, -ENOTSUPP when it is not the other version of IP, or -ENOMEM.
 */
u64 rex_skb_change_proto(void *ctx, u32 proto)
{
	struct sk_buff *skb = ctx;

	return KEEPING(skb, rex_bpf_call(bpf_skb_change_proto, (uintptr_t)skb, (__force u16)htons(proto), 0, 0, 0));
}
EXPORT_SYMBOL_GPL(rex_skb_change_proto);

/**
 * rex_skb_adjust_room - insert or remove bytes behind a header
 * @ctx: the struct sk_buff
 * @delta: how many, negative to remove; fits in 32 bits
 * @mode: enum bpf_adj_room_mode
 * @flags: BPF_F_ADJ_ROOM_
 *
 * bpf_skb_adjust_room().
 *
 * Context: a TC program.
 * Return: 0 or the helper's negative errno.
 */
u64 rex_skb_adjust_room(void *ctx, u64 delta, u32 mode, u64 flags)
{
	struct sk_buff *skb = ctx;

	return KEEPING(skb, rex_bpf_call(bpf_skb_adjust_room, (uintptr_t)skb, delta, mode, flags, 0));
}
EXPORT_SYMBOL_GPL(rex_skb_adjust_room);

/* The kernel warns when a tag is to be moved elsewhere (skb_vlan_push()). */
static bool may_tag(const struct sk_buff *skb)
{
	return skb->data == skb_mac_header(skb);
}

/**
 * rex_skb_vlan_push - add a VLAN tag
 * @ctx: the struct sk_buff
 * @proto: ETH_P_8021Q or ETH_P_8021AD; another is the first
 * @tci: the tag's control information
 *
 * bpf_skb_vlan_push(): the tag is kept apart from the bytes; one that was kept
 * apart already is put into them.
 *
 * Context: a TC program.
 * Return: 0, -EINVAL for a packet without a link-layer header, or -ENOMEM.
 */
u64 rex_skb_vlan_push(void *ctx, u32 proto, u32 tci)
{
	struct sk_buff *skb = ctx;

	if (!may_tag(skb))
		return (s64)-EINVAL;
	return KEEPING(skb, rex_bpf_call(bpf_skb_vlan_push, (uintptr_t)skb, (__force u16)htons(proto), (u16)tci, 0, 0));
}
EXPORT_SYMBOL_GPL(rex_skb_vlan_push);

/**
 * rex_skb_vlan_pop - remove the outermost VLAN tag
 * @ctx: the struct sk_buff
 *
 * bpf_skb_vlan_pop(); without a tag it does nothing.
 *
 * Context: a TC program.
 * Return: 0, -EINVAL for a packet without a link-layer header, or -ENOMEM.
 */
u64 rex_skb_vlan_pop(void *ctx)
{
	struct sk_buff *skb = ctx;

	if (!may_tag(skb))
		return (s64)-EINVAL;
	return KEEPING(skb, rex_bpf_call(bpf_skb_vlan_pop, (uintptr_t)skb, 0, 0, 0, 0));
}
EXPORT_SYMBOL_GPL(rex_skb_vlan_pop);
