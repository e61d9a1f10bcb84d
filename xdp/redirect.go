// SPDX-License-Identifier: Apache-2.0

package xdp

// RedirectFlags say what RedirectMap does when the map has no entry, and for maps
// of devices whether the packet goes to all of them. They are combined with |.
type RedirectFlags uint64

// Flags of bpf_redirect_map (include/uapi/linux/bpf.h).
const (
	// OrAborted, OrDrop, OrPass or OrTX is the verdict when there is no entry.
	OrAborted = RedirectFlags(Aborted)
	OrDrop    = RedirectFlags(Drop)
	OrPass    = RedirectFlags(Pass)
	OrTX      = RedirectFlags(TX)
	// Broadcast sends a copy of the packet through each interface of a DevMap
	// or DevMapHash; the key is not looked at.
	Broadcast RedirectFlags = 1 << 3
	// ExcludeIngress leaves the interface out that the packet came in on.
	ExcludeIngress RedirectFlags = 1 << 4
)
