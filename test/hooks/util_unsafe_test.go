// SPDX-License-Identifier: Apache-2.0

package hooks_test

import "unsafe"

// strptr returns the address of a zero-terminated copy of s.
func strptr(s string) uintptr {
	b := append([]byte(s), 0)
	keep = append(keep, b)
	return uintptr(unsafe.Pointer(unsafe.SliceData(b)))
}

var keep [][]byte
