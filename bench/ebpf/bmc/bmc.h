/* SPDX-License-Identifier: GPL-2.0-only */
/* What bmc.c uses of the kernel's interface (include/uapi/linux/bpf.h), and the
 * headers of packets.
 */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define __always_inline inline __attribute__((always_inline))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) __typeof__(val) *name
/* The compiler must not draw conclusions from what it knows of a variable:
 * the verifier does not know it.
 */
#define opaque(var) asm volatile("" : "+r"(var))

enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX };
enum { TC_ACT_UNSPEC = -1 };
enum { BPF_MAP_TYPE_ARRAY = 2, BPF_MAP_TYPE_PROG_ARRAY = 3, BPF_MAP_TYPE_PERCPU_ARRAY = 6 };
enum { ETH_P_IP = 0x0800, IPPROTO_TCP = 6, IPPROTO_UDP = 17 };

#define htons(v) __builtin_bswap16(v)
#define ntohs(v) __builtin_bswap16(v)

struct xdp_md {
	u32 data, data_end, data_meta;
	u32 ingress_ifindex, rx_queue_index, egress_ifindex;
};

struct __sk_buff {
	u32 len, pkt_type, mark, queue_mapping, protocol;
};

struct bpf_spin_lock {
	u32 val;
};

struct ethhdr {
	u8 dst[6], src[6];
	u16 proto;
};

struct iphdr {
	u8 vihl, tos;
	u16 len, id, frag;
	u8 ttl, protocol;
	u16 check;
	u32 saddr, daddr;
};

struct udphdr {
	u16 source, dest, len, check;
};

struct tcphdr {
	u16 source, dest;
	u32 seq, ack;
	u8 off, flags;
	u16 window, check, urgent;
};

static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static u64 (*const bpf_ktime_get_ns)(void) = (void *)5;
static long (*const bpf_tail_call)(void *ctx, void *map, u32 index) = (void *)12;
static long (*const bpf_skb_load_bytes)(void *skb, u32 off, void *to, u32 len) = (void *)26;
static long (*const bpf_xdp_adjust_tail)(struct xdp_md *ctx, int delta) = (void *)65;
static long (*const bpf_spin_lock)(struct bpf_spin_lock *lock) = (void *)93;
static long (*const bpf_spin_unlock)(struct bpf_spin_lock *lock) = (void *)94;
static long (*const bpf_xdp_store_bytes)(struct xdp_md *ctx, u32 off, void *buf, u32 len) = (void *)190;

char _license[] SEC("license") = "GPL";
