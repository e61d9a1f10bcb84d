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
}
