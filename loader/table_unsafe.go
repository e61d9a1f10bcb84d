// SPDX-License-Identifier: Apache-2.0

package loader

import "unsafe"

// bytesOf returns the memory of a key or value.
func bytesOf[T any](v *T) []byte {
	// SAFETY: the bytes of *v, which stays reachable through the slice. OpenTable
	// allows only types that hold no references (checkTypes), so that whatever is
	// copied into them is a value of the type, but for a bool, for which Go only
	// tells zero from the rest.
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}
