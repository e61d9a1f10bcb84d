// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"reflect"

	"github.com/rex-go/rex/internal/sim"
)

// The host implementation of the maps. What programs can see is that of
// kernel/bpf/hashtab.c and arraymap.c; user space's view of per-CPU values is
// package rextest's.

// Hash is a hash table shared by all CPUs (BPF_MAP_TYPE_HASH, preallocated).
//
// A pointer from Lookup may be read and written until the invocation ends.
// Update of a present key and Delete take the element out of the map: writes
// through an older pointer are then lost, or seen in another entry that reuses
// the element. They are never a memory error.
type Hash[K comparable, V any] struct {
	_ [0]func()
	t table[*V]
}

// NewHash makes a hash table of at most maxEntries entries, which must be a
// positive constant. Call it only to initialise a package-level variable.
//
//rex:noref K
//rex:noref V
func NewHash[K comparable, V any](maxEntries int) *Hash[K, V] {
	checkMap("Hash", reflect.TypeFor[K](), reflect.TypeFor[V](), maxEntries)
	m := new(Hash[K, V])
	m.t.init(maxEntries)
	return m
}

// Lookup returns a pointer to the value for k, nil when there is none.
func (m *Hash[K, V]) Lookup(k K) *V {
	v, _ := m.t.get(keyBytes(&k))
	return v
}

// Update sets the value for k, which may be present or not. It returns
// ErrTooBig when the map is full.
func (m *Hash[K, V]) Update(k K, v V) error {
	return m.t.set(keyBytes(&k), updateAny, func(*V, bool) *V { return &v })
}

// Insert sets the value for k only if k is not present; otherwise it returns
// ErrExist. It returns ErrTooBig when the map is full.
func (m *Hash[K, V]) Insert(k K, v V) error {
	return m.t.set(keyBytes(&k), updateNoExist, func(*V, bool) *V { return &v })
}

// Replace sets the value for k only if k is present; otherwise it returns
// ErrNotExist.
func (m *Hash[K, V]) Replace(k K, v V) error {
	return m.t.set(keyBytes(&k), updateExist, func(*V, bool) *V { return &v })
}

// Delete removes k; it returns ErrNotExist when k is not present.
func (m *Hash[K, V]) Delete(k K) error {
	return m.t.remove(keyBytes(&k))
}

// PerCPUHash is a hash table with one value for each key and CPU
// (BPF_MAP_TYPE_PERCPU_HASH, preallocated). A program sees the values of the
// CPU it runs on; user space sees all of them.
type PerCPUHash[K comparable, V any] struct {
	_ [0]func()
	t table[*[sim.NumCPU]V]
}

// NewPerCPUHash makes a per-CPU hash table of at most maxEntries keys, which
// must be a positive constant. Call it only to initialise a package-level
// variable.
//
//rex:noref K
//rex:noref V
func NewPerCPUHash[K comparable, V any](maxEntries int) *PerCPUHash[K, V] {
	checkMap("PerCPUHash", reflect.TypeFor[K](), reflect.TypeFor[V](), maxEntries)
	m := new(PerCPUHash[K, V])
	m.t.init(maxEntries)
	return m
}

// Lookup returns a pointer to this CPU's value for k, nil when k is not
// present. The pointer stays usable until the invocation ends; Update writes
// to the same place.
func (m *PerCPUHash[K, V]) Lookup(k K) *V {
	if v, ok := m.t.get(keyBytes(&k)); ok {
		return &v[sim.CPU()]
	}
	return nil
}

// Update sets this CPU's value for k. When k was not present, the other CPUs'
// values become zero. It returns ErrTooBig when the map is full.
func (m *PerCPUHash[K, V]) Update(k K, v V) error {
	return m.t.set(keyBytes(&k), updateAny, storeHere(v))
}

// Insert is Update for a key that must not be present (ErrExist otherwise).
func (m *PerCPUHash[K, V]) Insert(k K, v V) error {
	return m.t.set(keyBytes(&k), updateNoExist, storeHere(v))
}

// Replace is Update for a key that must be present (ErrNotExist otherwise).
func (m *PerCPUHash[K, V]) Replace(k K, v V) error {
	return m.t.set(keyBytes(&k), updateExist, storeHere(v))
}

// Delete removes k and its value on every CPU; it returns ErrNotExist when k
// is not present.
func (m *PerCPUHash[K, V]) Delete(k K) error {
	return m.t.remove(keyBytes(&k))
}

// Array is a fixed number of values shared by all CPUs (BPF_MAP_TYPE_ARRAY).
// All elements exist from the start, with the zero value.
type Array[V any] struct {
	_ [0]func()
	e elements[V]
}

// NewArray makes an array of maxEntries elements, which must be a positive
// constant. Call it only to initialise a package-level variable.
//
//rex:noref V
func NewArray[V any](maxEntries int) *Array[V] {
	checkMap("Array", nil, reflect.TypeFor[V](), maxEntries)
	m := new(Array[V])
	m.e.init(maxEntries)
	return m
}

// Lookup returns a pointer to element i, nil when i is out of range. The same
// i always yields the same place.
func (m *Array[V]) Lookup(i uint32) *V {
	return m.e.at(i)
}

// Update copies v to element i; it returns ErrTooBig when i is out of range.
func (m *Array[V]) Update(i uint32, v V) error {
	return m.e.set(i, func(e *V) { *e = v })
}

// PerCPUArray is a fixed number of elements with one value for each CPU
// (BPF_MAP_TYPE_PERCPU_ARRAY). A program sees the values of the CPU it runs
// on, and nothing else writes them while it runs, other than programs that
// interrupt it; user space sees all of them.
type PerCPUArray[V any] struct {
	_ [0]func()
	e elements[[sim.NumCPU]V]
}

// NewPerCPUArray makes a per-CPU array of maxEntries elements, which must be a
// positive constant. Call it only to initialise a package-level variable.
//
//rex:noref V
func NewPerCPUArray[V any](maxEntries int) *PerCPUArray[V] {
	checkMap("PerCPUArray", nil, reflect.TypeFor[V](), maxEntries)
	m := new(PerCPUArray[V])
	m.e.init(maxEntries)
	return m
}

// Lookup returns a pointer to this CPU's value of element i, nil when i is out
// of range.
func (m *PerCPUArray[V]) Lookup(i uint32) *V {
	if e := m.e.at(i); e != nil {
		return &e[sim.CPU()]
	}
	return nil
}

// Update copies v to this CPU's value of element i; it returns ErrTooBig when
// i is out of range.
func (m *PerCPUArray[V]) Update(i uint32, v V) error {
	return m.e.set(i, func(e *[sim.NumCPU]V) { e[sim.CPU()] = v })
}
