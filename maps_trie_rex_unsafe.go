// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rex

import (
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

// SAFETY (all uses of unsafe in this file): as in maps_rex_unsafe.go. A needs no
// alignment, so that a Prefix[A] begins with the 4+Sizeof(A) bytes that the map
// has for its keys.

// LPMTrie finds the longest of its prefixes that an address begins with
// (BPF_MAP_TYPE_LPM_TRIE): a routing table. A is the address, bytes in network
// order: a byte array, an address type of package packet, or a struct of these
// without alignment, at most 256 bytes.
//
// A pointer from Lookup may be used until the invocation ends. In NMI context,
// where perf events run, the trie can be looked up only (ErrBusy). On a PREEMPT_RT
// kernel this is so in every program but TC and XDP programs without a lock held.
type LPMTrie[A comparable, V any] struct{ opaque }

// NewLPMTrie makes a trie of at most maxEntries prefixes, which must be a
// positive constant. Call it only to initialise a package-level variable.
//
//rex:noref A
//rex:noref V
func NewLPMTrie[A comparable, V any](maxEntries int) *LPMTrie[A, V] { panic(errConstructor) }

// Lookup returns a pointer to the value of the longest prefix of a, nil when no
// prefix fits.
func (m *LPMTrie[A, V]) Lookup(a A) *V {
	p := Prefix[A]{uint32(8 * unsafe.Sizeof(a)), a}
	return lookup[V](unsafe.Pointer(&m.opaque), unsafe.Pointer(&p))
}

// Update sets the value for a prefix, which may be present or not. It returns
// ErrNoSpace when the trie is full, ErrInvalid when p has more bits than A.
func (m *LPMTrie[A, V]) Update(p Prefix[A], v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&p), unsafe.Pointer(&v), updateAny))
}

// Insert is Update for a prefix that must not be present (ErrExist otherwise).
func (m *LPMTrie[A, V]) Insert(p Prefix[A], v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&p), unsafe.Pointer(&v), updateNoExist))
}

// Replace is Update for a prefix that must be present (ErrNotExist otherwise).
func (m *LPMTrie[A, V]) Replace(p Prefix[A], v V) error {
	return result(rt.MapUpdate(unsafe.Pointer(&m.opaque), unsafe.Pointer(&p), unsafe.Pointer(&v), updateExist))
}

// Delete removes exactly this prefix; it returns ErrNotExist when it is not
// present, ErrInvalid when p has more bits than A.
func (m *LPMTrie[A, V]) Delete(p Prefix[A]) error {
	return result(rt.MapDelete(unsafe.Pointer(&m.opaque), unsafe.Pointer(&p)))
}
