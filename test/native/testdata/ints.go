package main

//go:noinline
func add8(a, b int8) int8 { return a + b }

//go:noinline
func div[T int8 | int16 | int32 | int64 | int | uint8 | uint16 | uint32 | uint64](a, b T) T {
	return a / b
}

//go:noinline
func rem[T int8 | int16 | int32 | int64 | int | uint8 | uint16 | uint32 | uint64](a, b T) T {
	return a % b
}

//go:noinline
func shl[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64, C int8 | uint8 | int64 | uint64 | uint32](a T, c C) T {
	return a << c
}

//go:noinline
func shr[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64, C int8 | uint8 | int64 | uint64 | uint32](a T, c C) T {
	return a >> c
}

func cases() []func() {
	return []func(){
		func() {
			println(add8(127, 1), add8(-128, -1))
			println(div[int8](-128, -1), rem[int8](-128, -1), div[int64](-1<<63, -1), rem[int64](-1<<63, -1))
			println(div[int32](-7, 2), rem[int32](-7, 2), div[uint16](65535, 7), rem[uint16](65535, 7))
			println(div[int](7, -2), rem[int](7, -2))
		},
		func() {
			for _, c := range []uint64{0, 1, 7, 8, 31, 32, 63, 64, 65, 255, 256, 1 << 40} {
				println(c, shl[uint8](0xff, c), shl[int8](-1, c), shl[uint32](1, c), shl[int64](-3, c), shl[uint16](3, c))
				println(c, shr[uint8](0xff, c), shr[int8](-100, c), shr[uint32](1<<31, c), shr[int64](-1<<62, c), shr[uint64](1<<63, c))
			}
			for _, c := range []int8{0, 1, 63, 64, 127} {
				println(c, shl[uint64](5, c), shr[int16](-5, c), shr[uint64](1<<63, c), shl[uint8](1, c))
			}
		},
		func() { println(shl[uint8](1, int8(-1))) },
		func() { println(shr[int64](1, int64(-1<<63))) },
		func() { println(div(1, zero)) },
		func() { println(rem(1, zero)) },
		func() { println(div(uint8(1), uint8(zero))) },
		func() {
			var i8 int8 = -5
			var u8 = uint8(i8)
			var i64 = int64(i8)
			var u64 = uint64(u8)
			println(i8, u8, i64, u64, uint32(i8), int16(u8), uint16(i64))
			x := uint32(0xdeadbeef)
			println(int32(x), int8(x), uint8(x), uint64(int32(x)), ^x, -x, x&^0xff, x|1, x^x)
			println(min(3, int(x), -1), max(u8, 7, 9))
			b := x > 5
			println(b, !b, b != (x < 5))
		},
	}
}

var zero int
