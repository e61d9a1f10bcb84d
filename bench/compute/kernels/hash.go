// SPDX-License-Identifier: Apache-2.0

package kernels

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"math/bits"

	"crypto/sha256"
)

// input is what every kernel works on: bytes that look like text and noise.
var input = fill()

func fill() (b [8192]byte) {
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// sipHash is SipHash-2-4 (Aumasson and Bernstein, 2012).
func sipHash(k0, k1 uint64, p []byte) uint64 {
	v0, v1, v2, v3 := k0^0x736f6d6570736575, k1^0x646f72616e646f6d, k0^0x6c7967656e657261, k1^0x7465646279746573
	last := uint64(len(p)) << 56
	for len(p) >= 8 {
		m := binary.LittleEndian.Uint64(p)
		v3 ^= m
		for range 2 {
			v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
		}
		v0 ^= m
		p = p[8:]
	}
	for i, c := range p {
		last |= uint64(c) << (8 * i)
	}
	v3 ^= last
	for range 2 {
		v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
	}
	v0 ^= last
	v2 ^= 0xff
	for range 4 {
		v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
	}
	return v0 ^ v1 ^ v2 ^ v3
}

func sipRound(v0, v1, v2, v3 uint64) (uint64, uint64, uint64, uint64) {
	v0 += v1
	v2 += v3
	v1 = bits.RotateLeft64(v1, 13) ^ v0
	v3 = bits.RotateLeft64(v3, 16) ^ v2
	v0 = bits.RotateLeft64(v0, 32)
	v2 += v1
	v0 += v3
	v1 = bits.RotateLeft64(v1, 17) ^ v2
	v3 = bits.RotateLeft64(v3, 21) ^ v0
	v2 = bits.RotateLeft64(v2, 32)
	return v0, v1, v2, v3
}

func runSipHash() uint64 {
	var sum uint64
	for n := 0; n < 256; n++ {
		sum += sipHash(1, 2, input[n:2*n+8])
	}
	return sum
}

const (
	xxPrime1 uint64 = 11400714785074694791
	xxPrime2 uint64 = 14029467366897019727
	xxPrime3 uint64 = 1609587929392839161
	xxPrime4 uint64 = 9650029242287828579
	xxPrime5 uint64 = 2870177450012600261
)

func xxRound(acc, in uint64) uint64 { return bits.RotateLeft64(acc+in*xxPrime2, 31) * xxPrime1 }

func xxMerge(acc, v uint64) uint64 { return (acc^xxRound(0, v))*xxPrime1 + xxPrime4 }

// xxHash64 is xxHash's 64-bit variant with seed 0.
func xxHash64(p []byte) uint64 {
	n := uint64(len(p))
	var h uint64
	if len(p) >= 32 {
		p1 := xxPrime1
		v1, v2, v3, v4 := p1+xxPrime2, xxPrime2, uint64(0), -p1
		for len(p) >= 32 {
			v1 = xxRound(v1, binary.LittleEndian.Uint64(p[0:]))
			v2 = xxRound(v2, binary.LittleEndian.Uint64(p[8:]))
			v3 = xxRound(v3, binary.LittleEndian.Uint64(p[16:]))
			v4 = xxRound(v4, binary.LittleEndian.Uint64(p[24:]))
			p = p[32:]
		}
		h = bits.RotateLeft64(v1, 1) + bits.RotateLeft64(v2, 7) + bits.RotateLeft64(v3, 12) + bits.RotateLeft64(v4, 18)
		h = xxMerge(xxMerge(xxMerge(xxMerge(h, v1), v2), v3), v4)
	} else {
		h = xxPrime5
	}
	h += n
	for len(p) >= 8 {
		h = bits.RotateLeft64(h^xxRound(0, binary.LittleEndian.Uint64(p)), 27)*xxPrime1 + xxPrime4
		p = p[8:]
	}
	if len(p) >= 4 {
		h = bits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(p))*xxPrime1, 23)*xxPrime2 + xxPrime3
		p = p[4:]
	}
	for _, c := range p {
		h = bits.RotateLeft64(h^uint64(c)*xxPrime5, 11) * xxPrime1
	}
	h = (h ^ h>>33) * xxPrime2
	h = (h ^ h>>29) * xxPrime3
	return h ^ h>>32
}

func runXXHash() uint64 {
	var sum uint64
	for n := 0; n < 512; n++ {
		sum += xxHash64(input[n : 2*n])
	}
	return sum
}

func runSHA256() uint64 {
	s := sha256.Sum256(input[:4096])
	return binary.LittleEndian.Uint64(s[:])
}

func runCRC32() uint64 { return uint64(crc32.ChecksumIEEE(input[:])) }

var encoded [4096]byte

func runBase64() uint64 {
	base64.StdEncoding.Encode(encoded[:], input[:3072])
	return uint64(crc32.ChecksumIEEE(encoded[:64]))
}
