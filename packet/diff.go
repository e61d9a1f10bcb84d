// SPDX-License-Identifier: Apache-2.0

package packet

// Diff is by how much Internet checksums change when bytes that they cover do:
// what the kernel calls a __wsum, and bpf_csum_diff computes. It goes to the
// checksum methods of package tc, which know about checksums that hardware
// computes. Diffs of several changes are added up.
type Diff uint32

// ChecksumDiff returns the difference between two values of the same bytes,
// which lie at an even position of what the checksum covers. Bytes that are new
// have no old value and the other way round: either may be empty. An odd last
// byte counts as if a zero followed.
func ChecksumDiff(from, to []byte) Diff {
	s := sum(uint64(^fold(sum(0, from))), to)
	// The kernel adds up little-endian numbers; one's complement sums do not
	// care but for the order of the result's bytes (RFC 1071).
	v := fold(s)
	return Diff(v>>8 | v&0xff<<8)
}

// Add returns the difference that both make.
func (d Diff) Add(e Diff) Diff {
	s := uint64(d) + uint64(e)
	return Diff(s&(1<<32-1) + s>>32)
}

// Apply returns what a checksum is after the change.
func (d Diff) Apply(check uint16) uint16 {
	v := fold(uint64(d))
	return ^fold(uint64(^check) + uint64(v>>8|v&0xff<<8))
}
