// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package kernel

import (
	"unsafe"

	"github.com/rex-go/rex/internal/sim"
)

// Offset returns the position in bytes of a member of a kernel struct, on the
// kernel that the extension is loaded into. Both arguments are constant;
// members of members are joined by dots, as in "se.vruntime".
func Offset(structName, field string) uintptr {
	if !sim.HasField(structName, field) {
		return missing
	}
	return uintptr(sim.FieldOffset(structName, field))
}

// Has reports whether the kernel that the extension is loaded into has a member
// of a struct. Both arguments are constant. An extension that calls it for a
// member can be loaded without that member.
func Has(structName, field string) bool { return sim.HasField(structName, field) }

// ReadOK is Read and reports whether the address could be read.
//
//rex:noref T
func ReadOK[T any](p Pointer, off uintptr) (v T, ok bool) {
	if off == missing {
		panic(errMissing)
	}
	// SAFETY: the bytes of v, which holds no references (the compiler checks
	// it), so that any bytes are a T.
	b := unsafe.Slice((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v))
	return v, sim.ReadMemory(false, uint64(p)+uint64(off), b)
}

// Text returns the string at p up to its zero byte, at most max bytes, empty
// when it cannot be read. It panics when max is negative.
func (p Pointer) Text(max int) string {
	b := make([]byte, max)
	for i := range b {
		if !sim.ReadMemory(false, uint64(p)+uint64(i), b[i:i+1]) {
			return ""
		}
		if b[i] == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

// CurrentTask returns the struct task_struct of the task that the program runs
// in or interrupts.
func CurrentTask() Pointer { return Pointer(sim.TaskObject()) }

func sizeof[T any]() uintptr {
	var v T
	return unsafe.Sizeof(v)
}
