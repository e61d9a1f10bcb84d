// SPDX-License-Identifier: Apache-2.0

package rex

// Prefix is a key of an LPMTrie: the first Bits bits of Addr, most significant
// bit of the first byte first. Its layout is struct bpf_lpm_trie_key's.
type Prefix[A comparable] struct {
	Bits uint32
	Addr A
}
