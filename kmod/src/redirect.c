// SPDX-License-Identifier: GPL-2.0-only
/* Where packets go: redirects of TC programs, and routes. */
#include <linux/errno.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "rex_res.h"
#include "rex_skb.h"

/**
 * rex_clone_redirect - send a copy of a packet
 * @ctx: the struct sk_buff
 * @ifindex: the interface
 * @flags: BPF_F_INGRESS to have it come in there
 *
 * bpf_clone_redirect(). The copy shares the bytes that the packet had; the
 * packet goes on with its own. Slices of the program go on with neither.
 *
 * Sending with interrupts off is not allowed in the kernel, so that doing it
 * with a lock held is a panic.
 *
 * Context: a TC program.
 * Return: 0, -ENOBUFS when a queue dropped the copy, or another negative errno.
 */
u64 rex_clone_redirect(void *ctx, u32 ifindex, u64 flags)
{
	struct rex_caller caller;
	s64 ret;

	REX_CALLER(&caller);
	if (rex_lock_held())
		rex_helper_panic(&caller, REX_PANIC_HELPER, "packet sent with a lock held");
	ret = rex_skb_detach(ctx);
	if (ret)
		return ret;
	ret = REX_MAY_SLEEP(rex_bpf_call(bpf_clone_redirect, (uintptr_t)ctx, ifindex, flags, 0, 0));
	/* NET_XMIT_CN is a success, NET_XMIT_DROP and NET_RX_DROP are the same. */
	if (ret > 0)
		ret = net_xmit_errno(ret);
	return ret;
}
EXPORT_SYMBOL_GPL(rex_clone_redirect);

/**
 * rex_redirect - say where the verdict TC_ACT_REDIRECT sends the packet
 * @ctx: the struct sk_buff
 * @ifindex: the interface
 * @flags: BPF_F_INGRESS to have it come in there
 *
 * bpf_redirect().
 *
 * Context: a TC program.
 * Return: TC_ACT_REDIRECT, or TC_ACT_SHOT for other flags.
 */
u32 rex_redirect(void *ctx, u32 ifindex, u64 flags)
{
	return rex_bpf_call(bpf_redirect, ifindex, flags, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(rex_redirect);

/**
 * rex_redirect_peer - the same for the other end of an interface
 * @ctx: the struct sk_buff
 * @ifindex: one end of a pair, whose other end is in another network namespace
 *
 * bpf_redirect_peer(). Where there is no such end the packet is dropped.
 *
 * Context: a TC program on ingress.
 * Return: TC_ACT_REDIRECT.
 */
u32 rex_redirect_peer(void *ctx, u32 ifindex)
{
	return rex_bpf_call(bpf_redirect_peer, ifindex, 0, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(rex_redirect_peer);

/**
 * rex_redirect_neigh - the same with the link-layer header of the next hop
 * @ctx: the struct sk_buff
 * @ifindex: the interface
 * @hop: struct bpf_redir_neigh, or NULL for the packet's own destination
 *
 * bpf_redirect_neigh().
 *
 * Context: a TC program.
 * Return: TC_ACT_REDIRECT.
 */
u32 rex_redirect_neigh(void *ctx, u32 ifindex, void *hop)
{
	return rex_bpf_call(bpf_redirect_neigh, ifindex, (uintptr_t)hop, hop ? sizeof(struct bpf_redir_neigh) : 0, 0, 0);
}
EXPORT_SYMBOL_GPL(rex_redirect_neigh);

/**
 * rex_skb_fib_lookup - look up a route
 * @ctx: the struct sk_buff, which tells the network namespace
 * @params: struct bpf_fib_lookup, in the program's memory
 * @flags: BPF_FIB_LOOKUP_
 *
 * bpf_skb_fib_lookup().
 *
 * Context: a TC program.
 * Return: BPF_FIB_LKUP_RET_ or a negative errno.
 */
u64 rex_skb_fib_lookup(void *ctx, void *params, u32 flags)
{
	return rex_bpf_call(bpf_skb_fib_lookup, (uintptr_t)ctx, (uintptr_t)params, sizeof(struct bpf_fib_lookup), flags, 0);
}
EXPORT_SYMBOL_GPL(rex_skb_fib_lookup);

/**
 * rex_xdp_fib_lookup - look up a route
 * @ctx: the struct xdp_buff, which tells the network namespace
 * @params: struct bpf_fib_lookup, in the program's memory
 * @flags: BPF_FIB_LOOKUP_
 *
 * bpf_xdp_fib_lookup().
 *
 * Context: an XDP program.
 * Return: BPF_FIB_LKUP_RET_ or a negative errno.
 */
u64 rex_xdp_fib_lookup(void *ctx, void *params, u32 flags)
{
	return rex_bpf_call(bpf_xdp_fib_lookup, (uintptr_t)ctx, (uintptr_t)params, sizeof(struct bpf_fib_lookup), flags, 0);
}
EXPORT_SYMBOL_GPL(rex_xdp_fib_lookup);
