// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rex

import (
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

// SAFETY (all uses of unsafe in this file): as in maps_rex_unsafe.go.

// BloomFilter is a set of values that may err on one side: Test of a value that
// was added is true, of another it is almost always false
// (BPF_MAP_TYPE_BLOOM_FILTER). Nothing is ever removed. The host implementation
// does not err.
//
// Values are compared byte by byte: V has no padding and no floating-point
// parts.
type BloomFilter[V comparable] struct{ opaque }

// NewBloomFilter makes a filter for about maxEntries values, which must be a
// positive constant; more make errors likelier. Call it only to initialise a
// package-level variable.
//
//rex:noref V
func NewBloomFilter[V comparable](maxEntries int) *BloomFilter[V] { panic(errConstructor) }

// Add adds v.
func (m *BloomFilter[V]) Add(v V) error {
	return result(rt.MapPush(unsafe.Pointer(&m.opaque), unsafe.Pointer(&v), updateAny))
}

// Test reports whether v is in the set.
func (m *BloomFilter[V]) Test(v V) bool {
	return rt.MapPeek(unsafe.Pointer(&m.opaque), unsafe.Pointer(&v)) == 0
}
