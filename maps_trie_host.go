// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"encoding/binary"
	"reflect"
)

// LPMTrie finds the longest of its prefixes that an address begins with
// (BPF_MAP_TYPE_LPM_TRIE): a routing table. A is the address, bytes in network
// order: a byte array, an address type of package packet, or a struct of these
// without alignment, at most 256 bytes.
//
// A pointer from Lookup may be used until the invocation ends. In NMI context,
// where perf events run, the trie can be looked up only (ErrBusy). On a PREEMPT_RT
// kernel this is so in every program but TC and XDP programs without a lock held.
type LPMTrie[A comparable, V any] struct {
	_ [0]func()
	t trie[V]
}

// NewLPMTrie makes a trie of at most maxEntries prefixes, which must be a
// positive constant. Call it only to initialise a package-level variable.
//
//rex:noref A
//rex:noref V
func NewLPMTrie[A comparable, V any](maxEntries int) *LPMTrie[A, V] {
	a := reflect.TypeFor[A]()
	checkMap("LPMTrie", a, reflect.TypeFor[V](), maxEntries)
	if a.Align() != 1 || a.Size() > 256 {
		panic("rex.NewLPMTrie: address " + a.String() + " is aligned or has more than 256 bytes")
	}
	m := new(LPMTrie[A, V])
	m.t.init(maxEntries)
	return m
}

// Lookup returns a pointer to the value of the longest prefix of a, nil when no
// prefix fits.
func (m *LPMTrie[A, V]) Lookup(a A) *V {
	return m.t.longest(keyBytes(&a))
}

// Update sets the value for a prefix, which may be present or not. It returns
// ErrNoSpace when the trie is full, ErrInvalid when p has more bits than A.
func (m *LPMTrie[A, V]) Update(p Prefix[A], v V) error {
	return m.t.setPrefix(p.Bits, keyBytes(&p.Addr), &v, updateAny)
}

// Insert is Update for a prefix that must not be present (ErrExist otherwise).
func (m *LPMTrie[A, V]) Insert(p Prefix[A], v V) error {
	return m.t.setPrefix(p.Bits, keyBytes(&p.Addr), &v, updateNoExist)
}

// Replace is Update for a prefix that must be present (ErrNotExist otherwise).
func (m *LPMTrie[A, V]) Replace(p Prefix[A], v V) error {
	return m.t.setPrefix(p.Bits, keyBytes(&p.Addr), &v, updateExist)
}

// Delete removes exactly this prefix; it returns ErrNotExist when it is not
// present, ErrInvalid when p has more bits than A.
func (m *LPMTrie[A, V]) Delete(p Prefix[A]) error {
	return m.t.removePrefix(p.Bits, keyBytes(&p.Addr))
}

// trie is a table whose keys are numbers of bits followed by the bits.
type trie[V any] struct{ table[*V] }

// prefixKey makes a key of the first bits of addr.
func prefixKey(bits uint32, addr []byte) []byte {
	key := binary.LittleEndian.AppendUint32(nil, bits)
	n := int(bits / 8)
	key = append(key, addr[:n]...)
	if rest := bits % 8; rest != 0 {
		key = append(key, addr[n]&^(0xff>>rest))
	}
	return key
}

func (t *trie[V]) longest(addr []byte) *V {
	for bits := 8 * len(addr); bits >= 0; bits-- {
		if v, ok := t.get(prefixKey(uint32(bits), addr)); ok {
			return v
		}
	}
	return nil
}

func (t *trie[V]) setPrefix(bits uint32, addr []byte, v *V, flags int) error {
	if uint64(bits) > 8*uint64(len(addr)) {
		return ErrInvalid
	}
	err := t.set(prefixKey(bits, addr), flags, func(*V, bool) *V { return v })
	if err == ErrTooBig {
		return ErrNoSpace // trie_update_elem's own wording of "full"
	}
	return err
}

func (t *trie[V]) removePrefix(bits uint32, addr []byte) error {
	if uint64(bits) > 8*uint64(len(addr)) {
		return ErrInvalid
	}
	return t.remove(prefixKey(bits, addr))
}
