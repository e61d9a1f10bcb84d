// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"encoding/binary"
	"reflect"
	"runtime"
	"strings"
	"unsafe"

	"github.com/rex-go/rex/internal/sim"
)

// Tests that run in a kernel (rextest.VM) copy entries between the maps of the
// host implementation and the kernel's, as bytes.

// announce notes which map is about to be made: the first caller outside of
// this package has the constructor's call.
func announce(kind string) {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "github.com/rex-go/rex.") {
			sim.Announce(sim.Mirror{Kind: kind, File: f.File, Line: f.Line})
			return
		}
		if !more {
			return
		}
	}
}

// parts cuts a value into what each CPU has: n parts.
func parts(b []byte, n int) [][]byte {
	var out [][]byte
	for i := range n {
		out = append(out, append([]byte(nil), b[i*len(b)/n:(i+1)*len(b)/n]...))
	}
	return out
}

// cpus returns how many values an element of a type has.
func cpus(kind string) int {
	if strings.Contains(kind, "PerCPU") {
		return sim.NumCPU
	}
	return 1
}

// store copies parts back; there may be fewer or more CPUs.
func store(b []byte, values [][]byte, n int) {
	for i := range min(n, len(values)) {
		copy(b[i*len(b)/n:(i+1)*len(b)/n], values[i])
	}
}

// mirrorTable registers a hash table whose elements are pointers. The others are
// Bloom filters, which nobody can list.
func mirrorTable[E any](t *table[E]) {
	if reflect.TypeFor[E]().Kind() != reflect.Pointer {
		return
	}
	elem := reflect.TypeFor[E]().Elem()
	bytes := func(e E) []byte {
		// SAFETY: e is a pointer to an element, which holds no references
		// (checkMap) and has that size.
		return unsafe.Slice((*byte)(reflect.ValueOf(e).UnsafePointer()), elem.Size())
	}
	n := cpus(sim.Announced())
	sim.AddMirror(func() map[string][][]byte {
		t.mu.Lock()
		defer t.mu.Unlock()
		out := map[string][][]byte{}
		for k, e := range t.entries {
			out[k] = parts(bytes(e), n)
		}
		return out
	}, func(entries map[string][][]byte) {
		for k := range t.snapshot() {
			if _, ok := entries[k]; !ok {
				_ = t.remove([]byte(k))
			}
		}
		for k, values := range entries {
			// In place, as far as pointers to the element go.
			_ = t.set([]byte(k), updateAny, func(e E, present bool) E {
				if !present {
					e = reflect.New(elem).Interface().(E)
				}
				store(bytes(e), values, n)
				return e
			})
		}
	})
}

// snapshot is a copy of the entries.
func (t *table[E]) snapshot() map[string]E {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := map[string]E{}
	for k, e := range t.entries {
		out[k] = e
	}
	return out
}

// mirrorElements registers an array.
func mirrorElements[E any](a *elements[E]) {
	bytes := func(i int) []byte {
		// SAFETY: the bytes of an element, which holds no references
		// (checkMap).
		return unsafe.Slice((*byte)(unsafe.Pointer(&a.e[i])), unsafe.Sizeof(a.e[i]))
	}
	n := cpus(sim.Announced())
	sim.AddMirror(func() map[string][][]byte {
		out := map[string][][]byte{}
		for i := range a.e {
			out[string(binary.LittleEndian.AppendUint32(nil, uint32(i)))] = parts(bytes(i), n)
		}
		return out
	}, func(entries map[string][][]byte) {
		for k, values := range entries {
			if i := binary.LittleEndian.Uint32([]byte(k)); int(i) < len(a.e) {
				store(bytes(int(i)), values, n)
			}
		}
	})
}

// mirrorLine registers a queue or stack.
func mirrorLine[V any](l *line[V]) {
	sim.AddMirror(func() map[string][][]byte {
		l.mu.Lock()
		defer l.mu.Unlock()
		out := map[string][][]byte{}
		for i := range l.v {
			// SAFETY: the bytes of a value, which holds no references
			// (checkMap).
			b := unsafe.Slice((*byte)(unsafe.Pointer(&l.v[i])), unsafe.Sizeof(l.v[i]))
			out[sim.Position(i)] = [][]byte{append([]byte(nil), b...)}
		}
		return out
	}, func(entries map[string][][]byte) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.v = make([]V, len(entries))
		for i := range l.v {
			// SAFETY: as above.
			copy(unsafe.Slice((*byte)(unsafe.Pointer(&l.v[i])), unsafe.Sizeof(l.v[i])), entries[sim.Position(i)][0])
		}
	})
}

// mirrorSet registers a Bloom filter, which can be filled only.
func mirrorSet(t *table[struct{}]) {
	sim.AddMirror(func() map[string][][]byte {
		out := map[string][][]byte{}
		for k := range t.snapshot() {
			out[sim.Position(len(out))] = [][]byte{[]byte(k)}
		}
		return out
	}, func(map[string][][]byte) {})
}

// mirrorRing registers a ring buffer, which can be read only.
func mirrorRing(r *sim.Ring) {
	sim.AddMirror(func() map[string][][]byte { return nil }, func(entries map[string][][]byte) {
		for i := range len(entries) {
			if b := entries[sim.Position(i)][0]; r.Reserve(len(b)) {
				r.Submit(b, 0)
			}
		}
	})
}
