// SPDX-License-Identifier: Apache-2.0

package main

import "math/bits"

func testBits() {
	for _, f := range []func(uint64) int{bits.Len64, bits.LeadingZeros64, bits.TrailingZeros64, bits.OnesCount64} {
		println(f(0), f(1<<40), f(0xf0f0))
	}
	for _, f := range []func(uint32) uint32{bits.Reverse32, bits.ReverseBytes32} {
		println(f(0x12345678))
	}
	for _, x := range []uint64{0, 1, 0x80, 0xffff, 0x12345678, 1 << 63, ^uint64(0), 0x0123456789abcdef} {
		println(bits.LeadingZeros(uint(x)), bits.LeadingZeros8(uint8(x)), bits.LeadingZeros16(uint16(x)), bits.LeadingZeros32(uint32(x)), bits.LeadingZeros64(x))
		println(bits.TrailingZeros(uint(x)), bits.TrailingZeros8(uint8(x)), bits.TrailingZeros16(uint16(x)), bits.TrailingZeros32(uint32(x)), bits.TrailingZeros64(x))
		println(bits.OnesCount(uint(x)), bits.OnesCount8(uint8(x)), bits.OnesCount16(uint16(x)), bits.OnesCount32(uint32(x)), bits.OnesCount64(x))
		println(bits.Len(uint(x)), bits.Len8(uint8(x)), bits.Len16(uint16(x)), bits.Len32(uint32(x)), bits.Len64(x))
		println(bits.Reverse(uint(x)), bits.Reverse8(uint8(x)), bits.Reverse16(uint16(x)), bits.Reverse32(uint32(x)), bits.Reverse64(x))
		println(bits.ReverseBytes(uint(x)), bits.ReverseBytes16(uint16(x)), bits.ReverseBytes32(uint32(x)), bits.ReverseBytes64(x))
		for _, k := range []int{0, 1, 7, -3, 64, 100} {
			println(bits.RotateLeft(uint(x), k), bits.RotateLeft8(uint8(x), k), bits.RotateLeft16(uint16(x), k), bits.RotateLeft32(uint32(x), k), bits.RotateLeft64(x, k))
		}
		for _, y := range []uint64{0, 3, 1 << 40, ^uint64(0)} {
			a, b := bits.Add(uint(x), uint(y), 1)
			println(a, b)
			a32, b32 := bits.Add32(uint32(x), uint32(y), 1)
			println(a32, b32)
			a64, b64 := bits.Add64(x, y, 0)
			println(a64, b64)
			a, b = bits.Sub(uint(x), uint(y), 1)
			println(a, b)
			a32, b32 = bits.Sub32(uint32(x), uint32(y), 1)
			println(a32, b32)
			a64, b64 = bits.Sub64(x, y, 0)
			println(a64, b64)
			a, b = bits.Mul(uint(x), uint(y))
			println(a, b)
			a32, b32 = bits.Mul32(uint32(x), uint32(y))
			println(a32, b32)
			a64, b64 = bits.Mul64(x, y)
			println(a64, b64)
			if y != 0 {
				a64, b64 = bits.Div64(x%y, x, y)
				println(a64, b64, bits.Rem64(x, 5, y))
				a, b = bits.Div(uint(x%y), uint(x), uint(y))
				println(a, b, bits.Rem(uint(x), 5, uint(y)))
			}
			if z := uint32(y) | 5; true {
				a32, b32 = bits.Div32(uint32(x)%z, uint32(x), z)
				println(a32, b32, bits.Rem32(uint32(x), 5, z))
			}
		}
	}
}
