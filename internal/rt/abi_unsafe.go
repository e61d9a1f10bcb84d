// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rt

import "unsafe"

// MapLookup returns the address of the value for the key at key, or nil.
func MapLookup(desc, key unsafe.Pointer) unsafe.Pointer

// MapUpdate stores the value at value; it returns 0 or a negative errno.
func MapUpdate(desc, key, value unsafe.Pointer, flags uint64) int64

// MapDelete removes the entry; it returns 0 or a negative errno.
func MapDelete(desc, key unsafe.Pointer) int64

// Log writes a log record.
func Log(level uint32, text unsafe.Pointer, n int)

// KtimeGetNS is CLOCK_MONOTONIC in nanoseconds.
func KtimeGetNS() uint64

// SMPProcessorID is the number of the current CPU.
func SMPProcessorID() uint32

// FieldOffset is an intrinsic: the byte offset of a member of a kernel struct
// on the kernel that the extension is linked for. Both arguments are string
// constants, for example FieldOffset("xdp_buff", "data").
func FieldOffset(structName, field string) uintptr
