// SPDX-License-Identifier: Apache-2.0

package abi

// BPFHelper is a helper function of the kernel's BPF that rex.ko calls though
// the kernel does not export it. User space loads a BPF program that calls it,
// which the verifier checks as any other; rex.ko finds its address in that
// program (IoctlHelpers).
type BPFHelper struct {
	// Symbol is the kernel function's name. rex.ko accepts an address only
	// if the kernel's symbol table gives it this name.
	Symbol string
	// ID is its enum bpf_func_id.
	ID int32
}

// BPFHelpers lists the helpers; the position is the bit in HelperQuery.Have.
// Append only, at most 64.
var BPFHelpers = []BPFHelper{
	{"bpf_ringbuf_reserve", 131},
	{"bpf_ringbuf_submit", 132},
	{"bpf_ringbuf_discard", 133},
	{"bpf_ringbuf_output", 130},
	{"bpf_xdp_adjust_head", 44},
	{"bpf_xdp_adjust_tail", 65},
	{"bpf_get_stackid", 27},
	{"bpf_get_stack", 67},
	{"bpf_get_stackid_pe", 27},
	{"bpf_get_stack_pe", 67},
	{"bpf_l4_csum_replace", 11},
	{"bpf_clone_redirect", 13},
	{"bpf_skb_vlan_push", 18},
	{"bpf_skb_vlan_pop", 19},
	{"bpf_redirect", 23},
	{"bpf_skb_change_proto", 31},
	{"bpf_skb_change_tail", 38},
	{"bpf_skb_change_head", 43},
	{"bpf_skb_adjust_room", 50},
	{"bpf_redirect_neigh", 152},
	{"bpf_redirect_peer", 155},
	{"bpf_skb_fib_lookup", 69},
	{"bpf_xdp_fib_lookup", 69},
	{"bpf_xdp_adjust_meta", 54},
	{"bpf_perf_event_output", 25},
	{"bpf_perf_event_output_tp", 25},
	{"bpf_xdp_event_output", 25},
	{"bpf_skb_event_output", 25},
	{"bpf_perf_event_read_value", 55},
	{"bpf_xdp_redirect", 23},
}
