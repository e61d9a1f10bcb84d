// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"slices"
	"unsafe"
)

// bytesOf copies a value that holds no references.
func bytesOf[T any](v *T) []byte {
	// SAFETY: the bytes of *v; trace records hold no references, which the
	// compiler has checked.
	return slices.Clone(unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v)))
}
