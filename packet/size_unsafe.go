// SPDX-License-Identifier: Apache-2.0

package packet

import "unsafe"

// sizeOf returns the size of a T in bytes.
func sizeOf[T any]() int {
	// SAFETY: no memory is touched; only the type counts.
	var t T
	return int(unsafe.Sizeof(t))
}
