// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"errors"
	"fmt"
	"iter"
	"reflect"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/internal/image"
)

// Table is a map with the Go types that the extension has for its keys and values:
// those of the extension's own package, also with padding, blank and unexported
// fields, and with a rex.SpinLock. Values with a lock are read and written while it
// is held, so that what a program changes under the lock is seen as a whole; the
// copy's lock is free. Use the one that Extension.Map returns for all else.
//
// A Table may be used by several goroutines, until its extension is closed.
type Table[K, V any] struct {
	name   string
	m      *ebpf.Map
	locked bool
}

// Entry is an entry of a map. Of a per-CPU map PerCPU has the values by CPU, and
// Value is nil.
type Entry[K, V any] struct {
	Key    K
	Value  *V
	PerCPU []V
}

// OpenTable returns one of the extension's maps. The error matches ErrNoMap when there
// is none of that name, and ErrMapType when it has no such keys and values: the types'
// sizes differ from the map's, they hold references, or the map is not one of keys
// and values (as Queue and RingBuf are not).
func OpenTable[K, V any](e *Extension, name string) (*Table[K, V], error) {
	m, err := e.Map(name)
	if err != nil {
		return nil, err
	}
	for _, meta := range e.obj.img.Meta.Maps {
		if meta.Name == name {
			if err := checkTypes(meta, reflect.TypeFor[K](), reflect.TypeFor[V]()); err != nil {
				return nil, fmt.Errorf("map %s of extension %s: %w", name, e.Name(), err)
			}
			return &Table[K, V]{name, m, meta.Lock != nil}, nil
		}
	}
	return nil, fmt.Errorf("map %s of extension %s: %w", name, e.Name(), ErrNoMap)
}

// checkTypes compares Go types with what a map holds.
func checkTypes(meta image.Map, key, value reflect.Type) error {
	switch ebpf.MapType(meta.Type) {
	case ebpf.Hash, ebpf.Array, ebpf.PerCPUHash, ebpf.PerCPUArray, ebpf.LRUHash, ebpf.LRUCPUHash, ebpf.LPMTrie:
	default:
		return fmt.Errorf("%w: a %s has no keys with values", ErrMapType, meta.Kind)
	}
	for _, c := range []struct {
		what string
		t    reflect.Type
		size uint32
	}{{"key", key, meta.KeySize}, {"value", value, meta.ValueSize}} {
		if bad := referenceIn(c.t); bad != "" {
			return fmt.Errorf("%w: %s %s holds a reference: %s", ErrMapType, c.what, c.t, bad)
		}
		if c.t.Size() != uintptr(c.size) {
			return fmt.Errorf("%w: %s %s has %d bytes, the map's has %d (use the extension's own type)", ErrMapType, c.what, c.t, c.t.Size(), c.size)
		}
	}
	return nil
}

// referenceIn names the first part of a type that is no number, bool, array or struct
// of these.
func referenceIn(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Array:
		return referenceIn(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if bad := referenceIn(t.Field(i).Type); bad != "" {
				return bad
			}
		}
		return ""
	}
	if t.Kind() >= reflect.Bool && t.Kind() <= reflect.Complex128 {
		return ""
	}
	return t.String()
}

// Lookup returns a copy of an entry's value. The error matches ebpf.ErrKeyNotExist
// when there is none.
func (m *Table[K, V]) Lookup(key K) (*V, error) {
	if m.perCPU() {
		return nil, fmt.Errorf("read map %s: %w: each CPU has a value (LookupPerCPU)", m.name, ErrMapType)
	}
	v := new(V)
	if err := m.read(bytesOf(&key), v); err != nil {
		return nil, fmt.Errorf("read map %s: %w", m.name, err)
	}
	return v, nil
}

// LookupPerCPU returns copies of an entry's values in a per-CPU map, one for each
// possible CPU.
func (m *Table[K, V]) LookupPerCPU(key K) ([]V, error) {
	if !m.perCPU() {
		return nil, fmt.Errorf("read map %s: %w: it has one value for all CPUs (Lookup)", m.name, ErrMapType)
	}
	var raw [][]byte
	if err := m.m.Lookup(bytesOf(&key), &raw); err != nil {
		return nil, fmt.Errorf("read map %s: %w", m.name, err)
	}
	return valuesOf[V](raw), nil
}

// Update sets an entry, of a per-CPU map to the same value on each CPU. The lock in
// the value stays as it is. ebpf.UpdateNoExist and ebpf.UpdateExist say that there
// must be none, or one.
func (m *Table[K, V]) Update(key K, value *V, flags ebpf.MapUpdateFlags) error {
	if m.locked {
		flags |= ebpf.UpdateLock
	}
	var err error
	if m.perCPU() {
		n, cpuErr := ebpf.PossibleCPU()
		values := make([][]byte, n)
		for i := range values {
			values[i] = bytesOf(value)
		}
		err = errors.Join(cpuErr, m.m.Update(bytesOf(&key), values, flags))
	} else {
		err = m.m.Update(bytesOf(&key), bytesOf(value), flags)
	}
	if err != nil {
		return fmt.Errorf("write map %s: %w", m.name, err)
	}
	return nil
}

// Delete removes an entry. The error matches ebpf.ErrKeyNotExist when there is none.
func (m *Table[K, V]) Delete(key K) error {
	if err := m.m.Delete(bytesOf(&key)); err != nil {
		return fmt.Errorf("delete from map %s: %w", m.name, err)
	}
	return nil
}

// Entries yields all entries, in no order. What is added or removed meanwhile may be
// among them or not. An error ends the sequence; it matches ebpf.ErrIterationAborted
// when too many were removed meanwhile to tell which have been seen.
func (m *Table[K, V]) Entries() iter.Seq2[Entry[K, V], error] {
	return func(yield func(Entry[K, V], error) bool) {
		it := m.m.Iterate()
		var key, value []byte
		var values [][]byte
		next := func() bool { return it.Next(&key, &value) }
		if m.perCPU() {
			next = func() bool { return it.Next(&key, &values) }
		}
		for next() {
			var e Entry[K, V]
			copy(bytesOf(&e.Key), key)
			if m.perCPU() {
				e.PerCPU = valuesOf[V](values)
			} else {
				e.Value = new(V)
				copy(bytesOf(e.Value), value)
			}
			if m.locked {
				// The iterator does not take the lock.
				err := m.read(key, e.Value)
				if errors.Is(err, ebpf.ErrKeyNotExist) {
					continue
				}
				if err != nil {
					yield(e, fmt.Errorf("read map %s: %w", m.name, err))
					return
				}
			}
			if !yield(e, nil) {
				return
			}
		}
		if err := it.Err(); err != nil {
			yield(Entry[K, V]{}, fmt.Errorf("read map %s: %w", m.name, err))
		}
	}
}

func (m *Table[K, V]) perCPU() bool {
	switch m.m.Type() {
	case ebpf.PerCPUArray, ebpf.PerCPUHash, ebpf.LRUCPUHash:
		return true
	}
	return false
}

func (m *Table[K, V]) read(key []byte, v *V) error {
	var flags ebpf.MapLookupFlags
	if m.locked {
		flags = ebpf.LookupLock
	}
	raw := make([]byte, len(bytesOf(v)))
	if err := m.m.LookupWithFlags(key, raw, flags); err != nil {
		return err
	}
	copy(bytesOf(v), raw)
	return nil
}

func valuesOf[V any](raw [][]byte) []V {
	vs := make([]V, len(raw))
	for i := range vs {
		copy(bytesOf(&vs[i]), raw[i])
	}
	return vs
}
