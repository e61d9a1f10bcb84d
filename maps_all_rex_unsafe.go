// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rex

import (
	"iter"
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

// SAFETY (all uses of unsafe in this file): as in maps_rex_unsafe.go; keys are
// written by the helper, Sizeof(K) bytes of a K, which holds no references.

// each iterates over a hash table. The key after the current one is fetched
// before the current one is yielded, so that the loop's body may delete it.
func each[K comparable, V any](m unsafe.Pointer) iter.Seq2[K, *V] {
	return func(yield func(K, *V) bool) {
		var k, next K
		if rt.MapNextKey(m, nil, unsafe.Pointer(&k), 0) != 0 {
			return
		}
		for n := uint64(1); ; n++ {
			more := rt.MapNextKey(m, unsafe.Pointer(&k), unsafe.Pointer(&next), n) == 0
			if v := lookup[V](m, unsafe.Pointer(&k)); v != nil && !yield(k, v) {
				return
			}
			if !more {
				return
			}
			k = next
		}
	}
}

// retries is how often loadOrStore tries again when others insert and delete
// the key in between.
const retries = 8

func loadOrStore[V any](m, k, v unsafe.Pointer) (actual *V, loaded bool, err error) {
	for range retries {
		if p := lookup[V](m, k); p != nil {
			return p, true, nil
		}
		switch r := rt.MapUpdate(m, k, v, updateNoExist); r {
		case 0:
			if p := lookup[V](m, k); p != nil {
				return p, false, nil
			}
		case -int64(ErrExist):
		default:
			return nil, false, result(r)
		}
	}
	return nil, false, ErrBusy
}

// All ranges over the entries in no particular order, with pointers as Lookup
// returns them. The body may change the map, and so may others: each entry
// that is in the map throughout is then normally seen once, but when the entry
// that comes next is deleted, the iteration begins again. It ends after as many
// steps as the map has room for entries.
func (m *Hash[K, V]) All() iter.Seq2[K, *V] {
	return each[K, V](unsafe.Pointer(&m.opaque))
}

// LoadOrStore returns a pointer to the value for k if k is present, with true.
// Otherwise it inserts v and returns a pointer to that, with false. Of several
// CPUs that try at once, exactly one inserts. It returns nil and an error when it
// can do neither: ErrTooBig when the map is full, ErrBusy when others keep inserting and
// deleting k.
func (m *Hash[K, V]) LoadOrStore(k K, v V) (*V, bool, error) {
	return loadOrStore[V](unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v))
}

// All ranges over the entries in no particular order, with pointers as Lookup
// returns them. The body may change the map, and so may others: each entry
// that is in the map throughout is then normally seen once, but when the entry
// that comes next is deleted, the iteration begins again. It ends after as many
// steps as the map has room for entries.
func (m *LRUHash[K, V]) All() iter.Seq2[K, *V] {
	return each[K, V](unsafe.Pointer(&m.opaque))
}

// LoadOrStore returns a pointer to the value for k if k is present, with true.
// Otherwise it inserts v and returns a pointer to that, with false. Of several
// CPUs that try at once, exactly one inserts. It returns nil and an error when it
// can do neither: ErrBusy when others keep inserting and
// deleting k.
func (m *LRUHash[K, V]) LoadOrStore(k K, v V) (*V, bool, error) {
	return loadOrStore[V](unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v))
}

// All ranges over the entries in no particular order, with pointers as Lookup
// returns them. The body may change the map, and so may others: each entry
// that is in the map throughout is then normally seen once, but when the entry
// that comes next is deleted, the iteration begins again. It ends after as many
// steps as the map has room for entries.
func (m *PerCPUHash[K, V]) All() iter.Seq2[K, *V] {
	return each[K, V](unsafe.Pointer(&m.opaque))
}

// LoadOrStore returns a pointer to this CPU's value for k if k is present, with true.
// Otherwise it inserts v and returns a pointer to that, with false. Of several
// CPUs that try at once, exactly one inserts. It returns nil and an error when it
// can do neither: ErrTooBig when the map is full, ErrBusy when others keep inserting and
// deleting k.
func (m *PerCPUHash[K, V]) LoadOrStore(k K, v V) (*V, bool, error) {
	return loadOrStore[V](unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v))
}

// All ranges over the entries in no particular order, with pointers as Lookup
// returns them. The body may change the map, and so may others: each entry
// that is in the map throughout is then normally seen once, but when the entry
// that comes next is deleted, the iteration begins again. It ends after as many
// steps as the map has room for entries.
func (m *LRUPerCPUHash[K, V]) All() iter.Seq2[K, *V] {
	return each[K, V](unsafe.Pointer(&m.opaque))
}

// LoadOrStore returns a pointer to this CPU's value for k if k is present, with true.
// Otherwise it inserts v and returns a pointer to that, with false. Of several
// CPUs that try at once, exactly one inserts. It returns nil and an error when it
// can do neither: ErrBusy when others keep inserting and
// deleting k.
func (m *LRUPerCPUHash[K, V]) LoadOrStore(k K, v V) (*V, bool, error) {
	return loadOrStore[V](unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v))
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
