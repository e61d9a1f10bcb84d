/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs in this directory share: the types, helpers and constants
 * of include/uapi/linux/bpf.h that they use.
 *
 * Each program is safe, and the verifier of Linux 6.12 rejects it. Each works
 * on the payload of an Ethernet frame and leaves its result, a 32-bit number in
 * the machine's byte order, in the first four bytes of the frame.
 */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define __noinline __attribute__((noinline))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) __typeof__(val) *name

#define ETH_HLEN 14

enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX };
enum { BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_ARRAY = 2, BPF_MAP_TYPE_PERCPU_ARRAY = 6 };

struct xdp_md {
	u32 data, data_end, data_meta;
	u32 ingress_ifindex, rx_queue_index, egress_ifindex;
};

struct bpf_spin_lock {
	u32 val;
};

#ifdef GAP_HOST
#include "host.h"
#else
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static u64 (*const bpf_ktime_get_ns)(void) = (void *)5;
static long (*const bpf_spin_lock)(struct bpf_spin_lock *lock) = (void *)93;
static long (*const bpf_spin_unlock)(struct bpf_spin_lock *lock) = (void *)94;
static long (*const bpf_loop)(u32 n, void *f, void *ctx, u64 flags) = (void *)181;
static long (*const bpf_xdp_load_bytes)(struct xdp_md *ctx, u32 off, void *buf, u32 len) = (void *)189;
#endif

#define DATA(ctx) ((u8 *)(long)(ctx)->data)
#define DATA_END(ctx) ((u8 *)(long)(ctx)->data_end)

char _license[] SEC("license") = "GPL";
