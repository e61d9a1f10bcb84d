// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets in the receive path. Compiled code reads members of struct xdp_buff
 * itself; moving the packet's ends is left to the kernel's own helpers, which
 * know the limits of the buffer. Neither frees memory or moves bytes of the
 * packet: a slice that the program took before stays valid.
 */
#include "rex_res.h"

/**
 * rex_xdp_adjust_head - move where a packet begins
 * @ctx: the struct xdp_buff
 * @delta: by how many bytes, negative to grow; fits in 32 bits
 *
 * Context: an XDP program.
 * Return: 0, or -EINVAL when the buffer has no room or less than an Ethernet
 * header would be left.
 */
u64 rex_xdp_adjust_head(void *ctx, u64 delta)
{
	return rex_bpf_call(bpf_xdp_adjust_head, (uintptr_t)ctx, delta, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(rex_xdp_adjust_head);

/**
 * rex_xdp_adjust_tail - move where a packet ends
 * @ctx: the struct xdp_buff
 * @delta: by how many bytes, negative to shrink; fits in 32 bits
 *
 * Bytes that the packet grows by are zero.
 *
 * Context: an XDP program.
 * Return: 0, or -EINVAL as above.
 */
u64 rex_xdp_adjust_tail(void *ctx, u64 delta)
{
	return rex_bpf_call(bpf_xdp_adjust_tail, (uintptr_t)ctx, delta, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(rex_xdp_adjust_tail);

/**
 * rex_xdp_adjust_meta - move where a packet's metadata begins
 * @ctx: the struct xdp_buff
 * @delta: by how many bytes, negative to grow; fits in 32 bits
 *
 * The metadata end where the packet begins.
 *
 * Context: an XDP program.
 * Return: 0, -EINVAL when the buffer has no room or there are not so many,
 * -EACCES when the size is no multiple of 4 or too large, -ENOTSUPP when the
 * driver has no room for metadata.
 */
u64 rex_xdp_adjust_meta(void *ctx, u64 delta)
{
	return rex_bpf_call(bpf_xdp_adjust_meta, (uintptr_t)ctx, delta, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(rex_xdp_adjust_meta);

/**
 * rex_xdp_redirect - say through which interface a packet is to leave
 * @ifindex: the interface's index, in this network namespace
 *
 * The driver acts on it when the program returns XDP_REDIRECT. Whether there is
 * such an interface is found out then.
 *
 * Context: an XDP program.
 * Return: XDP_REDIRECT.
 */
u32 rex_xdp_redirect(u32 ifindex)
{
	return rex_bpf_call(bpf_xdp_redirect, ifindex, 0, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(rex_xdp_redirect);

/**
 * rex_xdp_redirect_map - say where a packet is to go
 * @desc: struct rex_map_desc of a registered extension, of a map that one can
 *	redirect to
 * @key: which entry
 * @flags: what to return when there is none; BPF_F_BROADCAST and
 *	BPF_F_EXCLUDE_INGRESS of maps of devices
 *
 * The kernel notes the entry, which RCU keeps until after the driver has acted.
 *
 * Context: an XDP program.
 * Return: XDP_REDIRECT; the lower two bits of @flags; XDP_ABORTED for flags that
 * the kernel does not know.
 */
u32 rex_xdp_redirect_map(void *desc, u32 key, u64 flags)
{
	struct bpf_map *map = rex_desc_map(desc);

	return map->ops->map_redirect(map, key, flags);
}
EXPORT_SYMBOL_GPL(rex_xdp_redirect_map);
