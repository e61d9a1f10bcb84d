// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"math"
	"reflect"
)

// BloomFilter is a set of values that may err on one side: Test of a value that
// was added is true, of another it is almost always false
// (BPF_MAP_TYPE_BLOOM_FILTER). Nothing is ever removed. The host implementation
// does not err.
//
// Values are compared byte by byte: V has no padding and no floating-point
// parts.
type BloomFilter[V comparable] struct {
	_ [0]func()
	t table[struct{}]
}

// NewBloomFilter makes a filter for about maxEntries values, which must be a
// positive constant; more make errors likelier. Call it only to initialise a
// package-level variable.
//
//rex:noref V
func NewBloomFilter[V comparable](maxEntries int) *BloomFilter[V] {
	checkMap("BloomFilter", reflect.TypeFor[V](), reflect.TypeFor[V](), maxEntries)
	m := new(BloomFilter[V])
	m.t.init(math.MaxInt) // a filter is never full
	mirrorSet(&m.t)
	return m
}

// Add adds v.
func (m *BloomFilter[V]) Add(v V) error {
	return m.t.set(keyBytes(&v), updateAny, func(struct{}, bool) struct{} { return struct{}{} })
}

// Test reports whether v is in the set.
func (m *BloomFilter[V]) Test(v V) bool {
	_, ok := m.t.get(keyBytes(&v))
	return ok
}
