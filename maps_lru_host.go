// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"reflect"

	"github.com/rex-go/rex/internal/sim"
)

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
type LRUHash[K comparable, V any] struct {
	_ [0]func()
	t table[*V]
}

// NewLRUHash makes a map of about maxEntries entries, which must be a positive
// constant. Call it only to initialise a package-level variable.
//
//rex:noref K
//rex:noref V
func NewLRUHash[K comparable, V any](maxEntries int) *LRUHash[K, V] {
	checkMap("LRUHash", reflect.TypeFor[K](), reflect.TypeFor[V](), maxEntries)
	m := new(LRUHash[K, V])
	m.t.lru = true
	m.t.init(maxEntries)
	return m
}

// Lookup returns a pointer to the value for k, nil when there is none.
func (m *LRUHash[K, V]) Lookup(k K) *V {
	v, _ := m.t.get(keyBytes(&k))
	return v
}

// Update sets the value for k, which may be present or not.
func (m *LRUHash[K, V]) Update(k K, v V) error {
	return m.t.set(keyBytes(&k), updateAny, func(*V, bool) *V { return &v })
}

// Insert is Update for a key that must not be present (ErrExist otherwise).
func (m *LRUHash[K, V]) Insert(k K, v V) error {
	return m.t.set(keyBytes(&k), updateNoExist, func(*V, bool) *V { return &v })
}

// Replace is Update for a key that must be present (ErrNotExist otherwise).
func (m *LRUHash[K, V]) Replace(k K, v V) error {
	return m.t.set(keyBytes(&k), updateExist, func(*V, bool) *V { return &v })
}

// Delete removes k; it returns ErrNotExist when k is not present.
func (m *LRUHash[K, V]) Delete(k K) error {
	return m.t.remove(keyBytes(&k))
}

// LRUPerCPUHash is a PerCPUHash that never fills up (BPF_MAP_TYPE_LRU_PERCPU_HASH):
// see LRUHash for what it evicts.
type LRUPerCPUHash[K comparable, V any] struct {
	_ [0]func()
	t table[*[sim.NumCPU]V]
}

// NewLRUPerCPUHash makes a map of about maxEntries entries, which must be a positive
// constant. Call it only to initialise a package-level variable.
//
//rex:noref K
//rex:noref V
func NewLRUPerCPUHash[K comparable, V any](maxEntries int) *LRUPerCPUHash[K, V] {
	checkMap("LRUPerCPUHash", reflect.TypeFor[K](), reflect.TypeFor[V](), maxEntries)
	m := new(LRUPerCPUHash[K, V])
	m.t.lru = true
	m.t.init(maxEntries)
	return m
}

// Lookup returns a pointer to this CPU's value for k, nil when there is none.
func (m *LRUPerCPUHash[K, V]) Lookup(k K) *V {
	if v, ok := m.t.get(keyBytes(&k)); ok {
		return &v[sim.CPU()]
	}
	return nil
}

// Update sets this CPU's value for k, which may be present or not.
func (m *LRUPerCPUHash[K, V]) Update(k K, v V) error {
	return m.t.set(keyBytes(&k), updateAny, storeHere(v))
}

// Insert is Update for a key that must not be present (ErrExist otherwise).
func (m *LRUPerCPUHash[K, V]) Insert(k K, v V) error {
	return m.t.set(keyBytes(&k), updateNoExist, storeHere(v))
}

// Replace is Update for a key that must be present (ErrNotExist otherwise).
func (m *LRUPerCPUHash[K, V]) Replace(k K, v V) error {
	return m.t.set(keyBytes(&k), updateExist, storeHere(v))
}

// Delete removes k; it returns ErrNotExist when k is not present.
func (m *LRUPerCPUHash[K, V]) Delete(k K) error {
	return m.t.remove(keyBytes(&k))
}
