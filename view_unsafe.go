// SPDX-License-Identifier: Apache-2.0

package rex

import "unsafe"

// View returns a pointer to a T that occupies the first bytes of b, without
// copying: reads and writes through it reach b. It returns nil and false when b
// is shorter than T.
//
// T holds no references and is byte-aligned, because packet bytes may start at
// any address: its fields are bytes, byte arrays, the big-endian types of
// package packet, and structs of these. View panics for a T with a larger
// alignment; the compiler decides that when it instantiates View, so the test
// costs nothing at run time.
//
//rex:noref T
//rex:align1 T
func View[T any](b []byte) (*T, bool) {
	checkView[T]()
	var t T
	if unsafe.Alignof(t) != 1 {
		panic("rex.View: type is not byte-aligned")
	}
	if uintptr(len(b)) < unsafe.Sizeof(t) {
		return nil, false
	}
	// SAFETY: the bytes [0, Sizeof(T)) lie inside b, T needs no alignment, and
	// T holds no references (checked by the compiler), so that any bit pattern
	// is a T. The result keeps b's memory alive as b itself does.
	return (*T)(unsafe.Pointer(unsafe.SliceData(b))), true
}

// ViewAt is View of b[off:]; it returns nil and false as well when off is
// negative or beyond the end of b.
//
//rex:noref T
//rex:align1 T
func ViewAt[T any](b []byte, off int) (*T, bool) {
	if uint(off) > uint(len(b)) {
		return nil, false
	}
	return View[T](b[off:])
}
