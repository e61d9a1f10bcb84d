// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rex

import (
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

// SAFETY (all uses of unsafe in this file): the helpers write only to the n
// bytes behind dst, which are those of one T or of one slice, keep nothing, and
// take any number as an address. T holds no references (checked by the
// compiler), so that any bytes are a T.

func fault(r int64) error {
	if r != 0 {
		return ErrFault
	}
	return nil
}

// ReadKernel copies a T from a kernel address: one found in a register, a trace
// record or another kernel struct. Any number is allowed as the address; where
// there is no memory the error is ErrFault and *dst is zero. T holds no
// references.
//
//rex:noref T
func ReadKernel[T any](dst *T, addr uint64) error {
	_ = *dst // a nil dst panics here
	return fault(rt.ProbeReadKernel(unsafe.Pointer(dst), int(unsafe.Sizeof(*dst)), addr))
}

// ReadUser copies a T from an address of the current task's user space. Besides
// bad addresses, memory that is paged out gives ErrFault: nothing here may wait
// for a disk. T holds no references.
//
//rex:noref T
func ReadUser[T any](dst *T, addr uint64) error {
	_ = *dst // a nil dst panics here
	return fault(rt.ProbeReadUser(unsafe.Pointer(dst), int(unsafe.Sizeof(*dst)), addr))
}

// ReadKernelBytes is ReadKernel for len(dst) bytes.
func ReadKernelBytes(dst []byte, addr uint64) error {
	return fault(rt.ProbeReadKernel(unsafe.Pointer(unsafe.SliceData(dst)), len(dst), addr))
}

// ReadUserBytes is ReadUser for len(dst) bytes.
func ReadUserBytes(dst []byte, addr uint64) error {
	return fault(rt.ProbeReadUser(unsafe.Pointer(unsafe.SliceData(dst)), len(dst), addr))
}

// ReadKernelString copies a zero-terminated string from a kernel address into dst
// and returns the part of dst that holds it, without the zero. A string that does
// not fit is cut. On error the result is empty and dst is zero as far as it was
// written. Some bytes of dst behind the string may become zero.
func ReadKernelString(dst []byte, addr uint64) ([]byte, error) {
	n := rt.ProbeReadKernelStr(unsafe.Pointer(unsafe.SliceData(dst)), len(dst), addr)
	if n < 0 {
		return nil, ErrFault
	}
	return dst[:n], nil
}

// ReadUserString is ReadKernelString for the current task's user space.
func ReadUserString(dst []byte, addr uint64) ([]byte, error) {
	n := rt.ProbeReadUserStr(unsafe.Pointer(unsafe.SliceData(dst)), len(dst), addr)
	if n < 0 {
		return nil, ErrFault
	}
	return dst[:n], nil
}
