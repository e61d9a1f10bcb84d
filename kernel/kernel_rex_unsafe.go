// SPDX-License-Identifier: Apache-2.0

//go:build rex

package kernel

import (
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

// Offset returns the position in bytes of a member of a kernel struct, on the
// kernel that the extension is loaded into. Both arguments are constant;
// members of members are joined by dots, as in "se.vruntime".
func Offset(structName, field string) uintptr { panic("kernel: the compiler replaces calls of Offset") }

// Has reports whether the kernel that the extension is loaded into has a member
// of a struct. Both arguments are constant. An extension that calls it for a
// member can be loaded without that member.
func Has(structName, field string) bool { panic("kernel: the compiler replaces calls of Has") }

// ReadOK is Read and reports whether the address could be read.
//
//rex:noref T
func ReadOK[T any](p Pointer, off uintptr) (v T, ok bool) {
	if off == missing {
		panic(errMissing)
	}
	// SAFETY: the helper writes Sizeof(v) bytes to v, which holds no
	// references, so that any bytes are a T. It takes any address.
	r := rt.ProbeReadKernel(unsafe.Pointer(&v), int(unsafe.Sizeof(v)), uint64(p)+uint64(off))
	return v, r == 0
}

// Text returns the string at p up to its zero byte, at most max bytes, empty
// when it cannot be read. It panics when max is negative.
func (p Pointer) Text(max int) string {
	b := make([]byte, max)
	// SAFETY: the helper writes at most len(b) bytes to b's memory.
	n := rt.ProbeReadKernelStr(unsafe.Pointer(unsafe.SliceData(b)), len(b), uint64(p))
	if n < 0 {
		return ""
	}
	return string(b[:n])
}

// CurrentTask returns the struct task_struct of the task that the program runs
// in or interrupts.
func CurrentTask() Pointer { return Pointer(rt.CurrentTask()) }

func sizeof[T any]() uintptr {
	var v T
	return unsafe.Sizeof(v) // SAFETY: a constant.
}
