// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rex

import (
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

// SAFETY (all uses of unsafe in this file): as in maps_rex_unsafe.go.

// LRUHash is a Hash that never fills up (BPF_MAP_TYPE_LRU_HASH): to make room it
// evicts entries that were not used lately. The kernel keeps free elements for
// each CPU and evicts several at a time, so that entries go before the map is
// full; which ones is only approximately least recently used. Make it larger
// than what must be remembered. In NMI context, where perf events run, it
// can be looked up only (ErrBusy).
//
// A pointer from Lookup may be used until the invocation ends; when the entry
// is evicted meanwhile, writes through it are lost or seen in another entry,
// as with Hash.
type LRUHash[K comparable, V any] struct{ opaque }

// NewLRUHash makes a map of about maxEntries entries, which must be a positive
// constant. Call it only to initialise a package-level variable.
//
//rex:noref K
//rex:noref V
func NewLRUHash[K comparable, V any](maxEntries int) *LRUHash[K, V] {
	panic(errConstructor)
}

// Lookup returns a pointer to the value for k, nil when there is none.
func (m *LRUHash[K, V]) Lookup(k K) *V {
	return lookup[V](unsafe.Pointer(&m.opaque), unsafe.Pointer(&k))
}

// Update sets the value for k, which may be present or not.
func (m *LRUHash[K, V]) Update(k K, v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v), updateAny))
}

// Insert is Update for a key that must not be present (ErrExist otherwise).
func (m *LRUHash[K, V]) Insert(k K, v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v), updateNoExist))
}

// Replace is Update for a key that must be present (ErrNotExist otherwise).
func (m *LRUHash[K, V]) Replace(k K, v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v), updateExist))
}

// Delete removes k; it returns ErrNotExist when k is not present.
func (m *LRUHash[K, V]) Delete(k K) error {
	return result(rt.MapDelete(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k)))
}

// LRUPerCPUHash is a PerCPUHash that never fills up (BPF_MAP_TYPE_LRU_PERCPU_HASH):
// see LRUHash for what it evicts.
type LRUPerCPUHash[K comparable, V any] struct{ opaque }

// NewLRUPerCPUHash makes a map of about maxEntries entries, which must be a positive
// constant. Call it only to initialise a package-level variable.
//
//rex:noref K
//rex:noref V
func NewLRUPerCPUHash[K comparable, V any](maxEntries int) *LRUPerCPUHash[K, V] {
	panic(errConstructor)
}

// Lookup returns a pointer to this CPU's value for k, nil when there is none.
func (m *LRUPerCPUHash[K, V]) Lookup(k K) *V {
	return lookup[V](unsafe.Pointer(&m.opaque), unsafe.Pointer(&k))
}

// Update sets this CPU's value for k, which may be present or not.
func (m *LRUPerCPUHash[K, V]) Update(k K, v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v), updateAny))
}

// Insert is Update for a key that must not be present (ErrExist otherwise).
func (m *LRUPerCPUHash[K, V]) Insert(k K, v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v), updateNoExist))
}

// Replace is Update for a key that must be present (ErrNotExist otherwise).
func (m *LRUPerCPUHash[K, V]) Replace(k K, v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v), updateExist))
}

// Delete removes k; it returns ErrNotExist when k is not present.
func (m *LRUPerCPUHash[K, V]) Delete(k K) error {
	return result(rt.MapDelete(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k)))
}
