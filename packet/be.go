// SPDX-License-Identifier: Apache-2.0

package packet

// BE16 is a 16-bit number in network byte order. Like BE32 and BE64 it is an
// array of bytes: it may lie at any address and cannot be mixed up with a
// number in host order.
type BE16 [2]byte

// Get returns the number in host order.
func (b BE16) Get() uint16 { return uint16(b[0])<<8 | uint16(b[1]) }

// Set stores v.
func (b *BE16) Set(v uint16) { b[0], b[1] = byte(v>>8), byte(v) }

// BE32 is a 32-bit number in network byte order.
type BE32 [4]byte

// Get returns the number in host order.
func (b BE32) Get() uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// Set stores v.
func (b *BE32) Set(v uint32) {
	b[0], b[1], b[2], b[3] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
}

// BE64 is a 64-bit number in network byte order.
type BE64 [8]byte

// Get returns the number in host order.
func (b BE64) Get() uint64 {
	return uint64(b[0])<<56 | uint64(b[1])<<48 | uint64(b[2])<<40 | uint64(b[3])<<32 |
		uint64(b[4])<<24 | uint64(b[5])<<16 | uint64(b[6])<<8 | uint64(b[7])
}

// Set stores v.
func (b *BE64) Set(v uint64) {
	b[0], b[1], b[2], b[3] = byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32)
	b[4], b[5], b[6], b[7] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
}
