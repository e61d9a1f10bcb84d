// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rt

import "unsafe"

// Alloc is an intrinsic: n bytes of the invocation's arena, not zeroed,
// aligned to 16. It panics when the arena has no more.
func Alloc(n int) unsafe.Pointer

// typeDesc is the beginning of a type descriptor, as the compiler lays it out.
type typeDesc struct {
	id   int
	name string
}

// bytesOf is n bytes at p.
//
// Safety: the caller vouches for the n bytes.
func bytesOf(p unsafe.Pointer, n int) []byte { return unsafe.Slice((*byte)(p), n) }

// newBytes is n bytes of the arena, which the caller fills.
func newBytes(n int) []byte { return unsafe.Slice((*byte)(Alloc(n)), n) }

// asString is b as a string.
//
// Safety: nobody writes to b afterwards.
func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// GrowSlice makes room for need elements of the given size: it returns the
// address of new memory, to which the n elements at old are copied, and its
// capacity. What lies behind them is zero.
//
// Safety: old holds n elements.
func GrowSlice(old unsafe.Pointer, n, capacity, need, size int) (unsafe.Pointer, int) {
	c := newCap(need, capacity)
	if size == 0 {
		return Alloc(0), need
	}
	if uint(c) > maxObject/uint(size) {
		panic("growslice: len out of range")
	}
	// Memory comes in multiples of 16 bytes; use all of it.
	bytes := (c*size + 15) &^ 15
	c = bytes / size
	p := Alloc(bytes)
	used := n * size
	copy(bytesOf(p, used), bytesOf(old, used))
	clear(bytesOf(unsafe.Add(p, used), bytes-used))
	return p, c
}

// AssertMessage words the failure of a type assertion as Go does, without the
// "interface conversion: " in front. missing is a method that the type lacks.
//
// Safety: typ is nil or the address of a type descriptor.
func AssertMessage(typ unsafe.Pointer, static, want, missing string) string {
	if typ == nil {
		return ConcatStrings(ConcatStrings(static, " is nil, not "), want)
	}
	have := (*typeDesc)(typ).name
	if missing != "" {
		return ConcatStrings(ConcatStrings(ConcatStrings(have, " is not "), want), ConcatStrings(": missing method ", missing))
	}
	return ConcatStrings(ConcatStrings(ConcatStrings(static, " is "), have), ConcatStrings(", not ", want))
}

// levelInfo is the level of what print writes (LevelInfo of package rex).
const levelInfo = 2

// PrintEnd writes the record.
func PrintEnd(b []byte) { Log(levelInfo, unsafe.Pointer(unsafe.SliceData(b)), len(b)) }
