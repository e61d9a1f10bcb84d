// SPDX-License-Identifier: Apache-2.0

package kernel

// Pointer is an address in the kernel: a number that may be stored, compared
// and sent to user space, and that only this package's functions follow.
type Pointer uint64

// IsNil reports whether p is the null pointer.
func (p Pointer) IsNil() bool { return p == 0 }

// Add returns the address off bytes behind p.
func (p Pointer) Add(off uintptr) Pointer { return p + Pointer(off) }

// Follow returns the pointer that is stored at p, 0 when nothing can be read
// there.
func (p Pointer) Follow() Pointer { return Read[Pointer](p, 0) }

// Element returns element i of an array of n elements of type T at p. It
// panics when i is out of range.
//
//rex:noref T
func Element[T any](p Pointer, i, n int) T {
	if i < 0 || i >= n {
		panic("kernel: array index out of range")
	}
	return Read[T](p, uintptr(i)*sizeof[T]())
}

// Read returns the T at off bytes behind p, the zero value when that address
// cannot be read. It panics when off is that of a member which the kernel has
// not got.
//
//rex:noref T
func Read[T any](p Pointer, off uintptr) T {
	v, _ := ReadOK[T](p, off)
	return v
}

// missing is abi.FieldMissing.
const missing = 0xffff

const errMissing = "kernel: read of a struct member that this kernel has not got (test it with Has)"
