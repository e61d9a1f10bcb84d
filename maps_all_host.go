// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"iter"

	"github.com/rex-go/rex/internal/sim"
)

// each iterates over the keys that a hash table has when the loop begins and
// that are still there when their turn comes, as the kernel's iteration does
// when nothing else changes the map.
func each[K comparable, V any](keys [][]byte, lookup func(K) *V) iter.Seq2[K, *V] {
	return func(yield func(K, *V) bool) {
		for _, raw := range keys {
			k := keyOf[K](raw)
			if v := lookup(k); v != nil && !yield(k, v) {
				return
			}
		}
	}
}

// All ranges over the entries in no particular order, with pointers as Lookup
// returns them. The body may change the map, and so may others: each entry
// that is in the map throughout is then normally seen once, but when the entry
// that comes next is deleted, the iteration begins again. It ends after as many
// steps as the map has room for entries.
func (m *Hash[K, V]) All() iter.Seq2[K, *V] {
	return each(m.t.keys(), m.Lookup)
}

// LoadOrStore returns a pointer to the value for k if k is present, with true.
// Otherwise it inserts v and returns a pointer to that, with false. Of several
// CPUs that try at once, exactly one inserts. It returns nil and an error when it
// can do neither: ErrTooBig when the map is full, ErrBusy when others keep inserting and
// deleting k.
func (m *Hash[K, V]) LoadOrStore(k K, v V) (*V, bool, error) {
	return m.t.loadOrStore(keyBytes(&k), func(*V, bool) *V { return &v })
}

// All ranges over the entries in no particular order, with pointers as Lookup
// returns them. The body may change the map, and so may others: each entry
// that is in the map throughout is then normally seen once, but when the entry
// that comes next is deleted, the iteration begins again. It ends after as many
// steps as the map has room for entries.
func (m *LRUHash[K, V]) All() iter.Seq2[K, *V] {
	return each(m.t.keys(), m.Lookup)
}

// LoadOrStore returns a pointer to the value for k if k is present, with true.
// Otherwise it inserts v and returns a pointer to that, with false. Of several
// CPUs that try at once, exactly one inserts. It returns nil and an error when it
// can do neither: ErrBusy when others keep inserting and
// deleting k.
func (m *LRUHash[K, V]) LoadOrStore(k K, v V) (*V, bool, error) {
	return m.t.loadOrStore(keyBytes(&k), func(*V, bool) *V { return &v })
}

// All ranges over the entries in no particular order, with pointers as Lookup
// returns them. The body may change the map, and so may others: each entry
// that is in the map throughout is then normally seen once, but when the entry
// that comes next is deleted, the iteration begins again. It ends after as many
// steps as the map has room for entries.
func (m *PerCPUHash[K, V]) All() iter.Seq2[K, *V] {
	return each(m.t.keys(), m.Lookup)
}

// LoadOrStore returns a pointer to this CPU's value for k if k is present, with true.
// Otherwise it inserts v and returns a pointer to that, with false. Of several
// CPUs that try at once, exactly one inserts. It returns nil and an error when it
// can do neither: ErrTooBig when the map is full, ErrBusy when others keep inserting and
// deleting k.
func (m *PerCPUHash[K, V]) LoadOrStore(k K, v V) (*V, bool, error) {
	e, loaded, err := m.t.loadOrStore(keyBytes(&k), storeHere(v))
	if err != nil {
		return nil, false, err
	}
	return &e[sim.CPU()], loaded, nil
}

// All ranges over the entries in no particular order, with pointers as Lookup
// returns them. The body may change the map, and so may others: each entry
// that is in the map throughout is then normally seen once, but when the entry
// that comes next is deleted, the iteration begins again. It ends after as many
// steps as the map has room for entries.
func (m *LRUPerCPUHash[K, V]) All() iter.Seq2[K, *V] {
	return each(m.t.keys(), m.Lookup)
}

// LoadOrStore returns a pointer to this CPU's value for k if k is present, with true.
// Otherwise it inserts v and returns a pointer to that, with false. Of several
// CPUs that try at once, exactly one inserts. It returns nil and an error when it
// can do neither: ErrBusy when others keep inserting and
// deleting k.
func (m *LRUPerCPUHash[K, V]) LoadOrStore(k K, v V) (*V, bool, error) {
	e, loaded, err := m.t.loadOrStore(keyBytes(&k), storeHere(v))
	if err != nil {
		return nil, false, err
	}
	return &e[sim.CPU()], loaded, nil
}

// All ranges over the elements in order, with pointers as Lookup returns them.
func (m *Array[V]) All() iter.Seq2[uint32, *V] {
	return func(yield func(uint32, *V) bool) {
		for i := uint32(0); ; i++ {
			if v := m.Lookup(i); v == nil || !yield(i, v) {
				return
			}
		}
	}
}

// All ranges over the elements in order, with pointers as Lookup returns them.
func (m *PerCPUArray[V]) All() iter.Seq2[uint32, *V] {
	return func(yield func(uint32, *V) bool) {
		for i := uint32(0); ; i++ {
			if v := m.Lookup(i); v == nil || !yield(i, v) {
				return
			}
		}
	}
}
