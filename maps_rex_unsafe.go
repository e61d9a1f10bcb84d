// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rex

import (
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

// A map variable's value is the address of the map's descriptor
// (abi.MapDesc): the compiler drops the constructor call and replaces the
// variable by that address. The structs below are therefore opaque and are
// never read or written as Go values.
//
// SAFETY (all uses of unsafe in this file): m is the descriptor's address, for
// the compiler lets nothing but a constructor in the initialiser of a
// package-level variable make a map, and it took key and value sizes in the
// descriptor from the same K and V. A nil m, which a variable of the type can
// hold, panics: &m.opaque is a nil check, and opaque is at offset 0. The helpers read Sizeof(K) and Sizeof(V)
// bytes behind the pointers they are given and keep neither. A pointer that
// lookup returns addresses Sizeof(V) bytes that stay allocated until the
// invocation ends, since the invocation is an RCU read-side critical section;
// V holds no references, so whatever is written there is a V.

// opaque makes map types impossible to build, copy or compare by mistake.
type opaque struct {
	_ [0]func()
	_ byte
}

const errConstructor = "rex: maps are package-level variables"

func lookup[V any](m, key unsafe.Pointer) *V {
	return (*V)(rt.MapLookup(m, key))
}

func result(r int64) error {
	switch -r {
	case 0:
		return nil
	case int64(ErrNotExist):
		return ErrNotExist
	case int64(ErrTooBig):
		return ErrTooBig
	case int64(ErrNoMemory):
		return ErrNoMemory
	case int64(ErrBusy):
		return ErrBusy
	case int64(ErrExist):
		return ErrExist
	case int64(ErrInvalid):
		return ErrInvalid
	case int64(ErrAgain):
		return ErrAgain
	case int64(ErrNoSpace):
		return ErrNoSpace
	case int64(ErrFault):
		return ErrFault
	case int64(ErrOpNotSupported):
		return ErrOpNotSupported
	}
	return Errno(-r)
}

// Flags of bpf_map_update_elem (include/uapi/linux/bpf.h).
const (
	updateAny     = 0
	updateNoExist = 1
	updateExist   = 2
)

// Hash is a hash table shared by all CPUs (BPF_MAP_TYPE_HASH, preallocated).
//
// A pointer from Lookup may be read and written until the invocation ends.
// Update of a present key and Delete take the element out of the map: writes
// through an older pointer are then lost, or seen in another entry that reuses
// the element. They are never a memory error.
type Hash[K comparable, V any] struct{ opaque }

// NewHash makes a hash table of at most maxEntries entries, which must be a
// positive constant. Call it only to initialise a package-level variable.
//
//rex:noref K
//rex:noref V
func NewHash[K comparable, V any](maxEntries int) *Hash[K, V] { panic(errConstructor) }

// Lookup returns a pointer to the value for k, nil when there is none.
func (m *Hash[K, V]) Lookup(k K) *V {
	return lookup[V](unsafe.Pointer(&m.opaque), unsafe.Pointer(&k))
}

// Update sets the value for k, which may be present or not. It returns
// ErrTooBig when the map is full.
func (m *Hash[K, V]) Update(k K, v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v), updateAny))
}

// Insert sets the value for k only if k is not present; otherwise it returns
// ErrExist. It returns ErrTooBig when the map is full.
func (m *Hash[K, V]) Insert(k K, v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v), updateNoExist))
}

// Replace sets the value for k only if k is present; otherwise it returns
// ErrNotExist.
func (m *Hash[K, V]) Replace(k K, v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v), updateExist))
}

// Delete removes k; it returns ErrNotExist when k is not present.
func (m *Hash[K, V]) Delete(k K) error {
	return result(rt.MapDelete(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k)))
}

// PerCPUHash is a hash table with one value for each key and CPU
// (BPF_MAP_TYPE_PERCPU_HASH, preallocated). A program sees the values of the
// CPU it runs on; user space sees all of them.
type PerCPUHash[K comparable, V any] struct{ opaque }

// NewPerCPUHash makes a per-CPU hash table of at most maxEntries keys, which
// must be a positive constant. Call it only to initialise a package-level
// variable.
//
//rex:noref K
//rex:noref V
func NewPerCPUHash[K comparable, V any](maxEntries int) *PerCPUHash[K, V] { panic(errConstructor) }

// Lookup returns a pointer to this CPU's value for k, nil when k is not
// present. The pointer stays usable until the invocation ends; Update writes
// to the same place.
func (m *PerCPUHash[K, V]) Lookup(k K) *V {
	return lookup[V](unsafe.Pointer(&m.opaque), unsafe.Pointer(&k))
}

// Update sets this CPU's value for k. When k was not present, the other CPUs'
// values become zero. It returns ErrTooBig when the map is full.
func (m *PerCPUHash[K, V]) Update(k K, v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v), updateAny))
}

// Insert is Update for a key that must not be present (ErrExist otherwise).
func (m *PerCPUHash[K, V]) Insert(k K, v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v), updateNoExist))
}

// Replace is Update for a key that must be present (ErrNotExist otherwise).
func (m *PerCPUHash[K, V]) Replace(k K, v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k), unsafe.Pointer(&v), updateExist))
}

// Delete removes k and its value on every CPU; it returns ErrNotExist when k
// is not present.
func (m *PerCPUHash[K, V]) Delete(k K) error {
	return result(rt.MapDelete(unsafe.Pointer(&m.opaque), unsafe.Pointer(&k)))
}

// Array is a fixed number of values shared by all CPUs (BPF_MAP_TYPE_ARRAY).
// All elements exist from the start, with the zero value.
type Array[V any] struct{ opaque }

// NewArray makes an array of maxEntries elements, which must be a positive
// constant. Call it only to initialise a package-level variable.
//
//rex:noref V
func NewArray[V any](maxEntries int) *Array[V] { panic(errConstructor) }

// Lookup returns a pointer to element i, nil when i is out of range. The same
// i always yields the same place.
func (m *Array[V]) Lookup(i uint32) *V {
	return lookup[V](unsafe.Pointer(&m.opaque), unsafe.Pointer(&i))
}

// Update copies v to element i; it returns ErrTooBig when i is out of range.
func (m *Array[V]) Update(i uint32, v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&i), unsafe.Pointer(&v), updateAny))
}

// PerCPUArray is a fixed number of elements with one value for each CPU
// (BPF_MAP_TYPE_PERCPU_ARRAY). A program sees the values of the CPU it runs
// on, and nothing else writes them while it runs, other than programs that
// interrupt it; user space sees all of them.
type PerCPUArray[V any] struct{ opaque }

// NewPerCPUArray makes a per-CPU array of maxEntries elements, which must be a
// positive constant. Call it only to initialise a package-level variable.
//
//rex:noref V
func NewPerCPUArray[V any](maxEntries int) *PerCPUArray[V] { panic(errConstructor) }

// Lookup returns a pointer to this CPU's value of element i, nil when i is out
// of range.
func (m *PerCPUArray[V]) Lookup(i uint32) *V {
	return lookup[V](unsafe.Pointer(&m.opaque), unsafe.Pointer(&i))
}

// Update copies v to this CPU's value of element i; it returns ErrTooBig when
// i is out of range.
func (m *PerCPUArray[V]) Update(i uint32, v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&i), unsafe.Pointer(&v), updateAny))
}
