// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"container/list"
	"maps"
	"slices"
	"sync"
	"unsafe"

	"github.com/rex-go/rex/internal/sim"
)

// Flags of bpf_map_update_elem (include/uapi/linux/bpf.h).
const (
	updateAny     = 0
	updateNoExist = 1
	updateExist   = 2
)

// keyBytes returns the bytes of a key: the kernel compares keys as bytes, blank
// fields included.
func keyBytes[K any](k *K) []byte {
	// SAFETY: the bytes of *k, which holds no references (checkMap) and is
	// kept alive by the result.
	return unsafe.Slice((*byte)(unsafe.Pointer(k)), unsafe.Sizeof(*k))
}

// keyOf is the key with these bytes.
func keyOf[K any](raw []byte) (k K) {
	copy(keyBytes(&k), raw)
	return k
}

// table is a hash table with a bounded number of elements E. With lru, the
// least recently used element makes room for a new one.
type table[E any] struct {
	lru bool

	mu      sync.Mutex
	max     int
	entries map[string]E
	used    list.List // of keys, most recently used first; only with lru
	place   map[string]*list.Element
}

func (t *table[E]) init(max int) {
	mirrorTable(t)
	t.max, t.entries, t.place = max, make(map[string]E), make(map[string]*list.Element)
	sim.OnReset(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		clear(t.entries)
		clear(t.place)
		t.used.Init()
	})
}

func (t *table[E]) get(key []byte) (E, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, ok := t.entries[string(key)]
	if ok {
		t.use(key)
	}
	return e, ok
}

// use notes that a key was used.
func (t *table[E]) use(key []byte) {
	if !t.lru {
		return
	}
	if e, ok := t.place[string(key)]; ok {
		t.used.MoveToFront(e)
		return
	}
	t.place[string(key)] = t.used.PushFront(string(key))
}

// evict removes the least recently used entry.
func (t *table[E]) evict() {
	last := t.used.Back()
	key := t.used.Remove(last).(string)
	delete(t.place, key)
	delete(t.entries, key)
}

// keys returns the keys, sorted so that tests repeat.
func (t *table[E]) keys() [][]byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	var keys [][]byte
	for _, k := range slices.Sorted(maps.Keys(t.entries)) {
		keys = append(keys, []byte(k))
	}
	return keys
}

// loadOrStore returns the present element, or stores a new one.
func (t *table[E]) loadOrStore(key []byte, element func(E, bool) E) (e E, loaded bool, err error) {
	err = t.set(key, updateNoExist, element)
	if err != nil && err != ErrExist {
		return e, false, err
	}
	e, _ = t.get(key)
	return e, err != nil, nil
}

// set stores what element makes of the present element, if there is one. The
// errors are checked in the kernel's order: the flags before the capacity.
func (t *table[E]) set(key []byte, flags int, element func(old E, present bool) E) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	old, ok := t.entries[string(key)]
	switch {
	case ok && flags == updateNoExist:
		return ErrExist
	case !ok && flags == updateExist:
		return ErrNotExist
	case !ok && len(t.entries) >= t.max:
		if !t.lru {
			return ErrTooBig
		}
		t.evict()
	}
	t.entries[string(key)] = element(old, ok)
	t.use(key)
	return nil
}

func (t *table[E]) remove(key []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.entries[string(key)]; !ok {
		return ErrNotExist
	}
	delete(t.entries, string(key))
	if e, ok := t.place[string(key)]; ok {
		t.used.Remove(e)
		delete(t.place, string(key))
	}
	return nil
}

// storeHere stores v as this CPU's value, in place when the key is present.
func storeHere[V any](v V) func(*[sim.NumCPU]V, bool) *[sim.NumCPU]V {
	return func(e *[sim.NumCPU]V, present bool) *[sim.NumCPU]V {
		if !present {
			e = new([sim.NumCPU]V)
		}
		e[sim.CPU()] = v
		return e
	}
}

// elements is a fixed number of elements E.
type elements[E any] struct {
	mu sync.Mutex // orders updates
	e  []E
}

func (a *elements[E]) init(n int) {
	a.e = make([]E, n)
	mirrorElements(a)
	sim.OnReset(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		clear(a.e)
	})
}

func (a *elements[E]) at(i uint32) *E {
	if uint64(i) >= uint64(len(a.e)) {
		return nil
	}
	return &a.e[i]
}

func (a *elements[E]) set(i uint32, store func(*E)) error {
	e := a.at(i)
	if e == nil {
		return ErrTooBig
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	store(e)
	return nil
}
