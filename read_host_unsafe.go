// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/rex-go/rex/internal/sim"
)

// readValue fills *dst from the simulated memory.
func readValue[T any](user bool, dst *T, addr uint64) error {
	t := reflect.TypeFor[T]()
	if bad := reference(t); bad != "" {
		panic(fmt.Sprintf("rex: read of %s, which holds a reference: %s", t, bad))
	}
	// SAFETY: the bytes are those of *dst, and T holds no references.
	return readBytes(user, unsafe.Slice((*byte)(unsafe.Pointer(dst)), unsafe.Sizeof(*dst)), addr)
}

func readBytes(user bool, dst []byte, addr uint64) error {
	if !sim.ReadMemory(user, addr, dst) {
		clear(dst)
		return ErrFault
	}
	return nil
}

func readString(user bool, dst []byte, addr uint64) ([]byte, error) {
	for i := range dst {
		if err := readBytes(user, dst[i:i+1], addr+uint64(i)); err != nil {
			clear(dst[:readAhead(dst, addr, i)])
			return nil, err
		}
		if dst[i] == 0 {
			clear(dst[i:readAhead(dst, addr, i)])
			return dst[:i], nil
		}
	}
	return dst, nil
}

// readAhead returns how much of dst has been written when byte i of a string has
// been read: rex.ko reads 64 bytes at a time, and not across pages (read_string()
// in kmod/src/probe.c).
func readAhead(dst []byte, addr uint64, i int) int {
	const page, piece = 4096, 64
	done := 0
	for done <= i {
		done += min(piece, page-int((addr+uint64(done))%page))
	}
	return min(done, len(dst))
}

// ReadKernel copies a T from a kernel address: one found in a register, a trace
// record or another kernel struct. Any number is allowed as the address; where
// there is no memory the error is ErrFault and *dst is zero. T holds no
// references.
//
//rex:noref T
func ReadKernel[T any](dst *T, addr uint64) error {
	_ = *dst // a nil dst panics here
	return readValue(false, dst, addr)
}

// ReadUser copies a T from an address of the current task's user space. Besides
// bad addresses, memory that is paged out gives ErrFault: nothing here may wait
// for a disk. T holds no references.
//
//rex:noref T
func ReadUser[T any](dst *T, addr uint64) error {
	_ = *dst // a nil dst panics here
	return readValue(true, dst, addr)
}

// ReadKernelBytes is ReadKernel for len(dst) bytes.
func ReadKernelBytes(dst []byte, addr uint64) error { return readBytes(false, dst, addr) }

// ReadUserBytes is ReadUser for len(dst) bytes.
func ReadUserBytes(dst []byte, addr uint64) error { return readBytes(true, dst, addr) }

// ReadKernelString copies a zero-terminated string from a kernel address into dst
// and returns the part of dst that holds it, without the zero. A string that does
// not fit is cut. On error the result is empty and dst is zero as far as it was
// written. Some bytes of dst behind the string may become zero.
func ReadKernelString(dst []byte, addr uint64) ([]byte, error) { return readString(false, dst, addr) }

// ReadUserString is ReadKernelString for the current task's user space.
func ReadUserString(dst []byte, addr uint64) ([]byte, error) { return readString(true, dst, addr) }
