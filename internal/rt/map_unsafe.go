// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rt

import "unsafe"

// A Go map: entries in the order of insertion in one array of the arena, and
// an open-addressing table of their numbers. The compiler hashes and compares
// keys, and reads and writes them: this code never looks into a key.
//
// A deleted entry stays in place, marked, until the array is full; then the
// live ones move to a new array, or together in the old one when no loop has
// ever looked at it. A loop over the map keeps to the array it began with; once
// that is no longer the map's, it looks each key up again.
type hmap struct {
	count   int // first: the compiler reads it for len
	used    int // entries in the array, deleted ones included
	room    int // entries the array has room for
	entries unsafe.Pointer
	index   unsafe.Pointer // [mask+1]uint32, number of the entry plus one
	mask    uint64
	size    int // bytes of an entry: hash, key, value
	epoch   int // counts arrays
	watched bool
}

// entry is the beginning of an entry; the key comes next.
type entry struct {
	hash uint64 // with the highest bit set; 0: deleted
}

const (
	minRoom = 8
	// maxHint bounds how much is set aside for a map before it is filled.
	maxHint = 1024
)

// HMapMake makes a map whose entries have the given size in bytes.
func HMapMake(hint, size int) unsafe.Pointer {
	m := (*hmap)(Alloc(int(unsafe.Sizeof(hmap{}))))
	*m = hmap{size: size}
	if hint > minRoom {
		m.resize(min(hint, maxHint))
	}
	return unsafe.Pointer(m)
}

// at is entry i.
//
// Safety: i < m.room.
func (m *hmap) at(i int) *entry { return (*entry)(unsafe.Add(m.entries, i*m.size)) }

// slot is place i of the table.
//
// Safety: i <= m.mask.
func (m *hmap) slot(i uint64) *uint32 { return (*uint32)(unsafe.Add(m.index, int(i)*4)) }

// HMapProbe returns the next live entry with the hash, nil when there is none,
// and where to go on; at begins with -1.
//
// Safety: p is nil or a map, at is -1 or from the previous call, and the map
// was not changed meanwhile.
func HMapProbe(p unsafe.Pointer, hash uint64, at int) (unsafe.Pointer, int) {
	m := (*hmap)(p)
	if m == nil || m.count == 0 {
		return nil, 0
	}
	i := uint64(at)
	if at < 0 {
		i = hash & m.mask
	}
	for {
		n := *m.slot(i)
		if n == 0 {
			return nil, 0
		}
		i = (i + 1) & m.mask
		if e := m.at(int(n) - 1); e.hash == hash {
			return unsafe.Pointer(e), int(i)
		}
	}
}

// HMapInsert returns a new entry whose key and value are zero.
//
// Safety: p is a map without the key, hash has its highest bit set.
func HMapInsert(p unsafe.Pointer, hash uint64) unsafe.Pointer {
	m := (*hmap)(p)
	if m.used == m.room {
		m.grow()
	}
	e := m.at(m.used)
	clear(bytesOf(unsafe.Pointer(e), m.size))
	e.hash = hash
	m.used++
	m.count++
	m.link(hash, m.used)
	return unsafe.Pointer(e)
}

// link puts entry number n (from 1) into the table, which has room.
func (m *hmap) link(hash uint64, n int) {
	i := hash & m.mask
	for *m.slot(i) != 0 {
		i = (i + 1) & m.mask
	}
	*m.slot(i) = uint32(n)
}

// grow makes room for one more entry.
func (m *hmap) grow() {
	switch {
	case m.room == 0:
		m.resize(minRoom)
	case m.count > m.room/4*3:
		m.resize(2 * m.room)
	case m.watched:
		m.resize(m.room)
	default:
		m.compact(m.entries)
	}
}

// resize moves the live entries to a new array.
func (m *hmap) resize(room int) {
	if uint(room) > maxObject/uint(m.size) || room > 1<<31 {
		panic("map is too large")
	}
	slots := 16
	for slots < 2*room {
		slots *= 2
	}
	if uint64(slots) != m.mask+1 {
		m.index = Alloc(slots * 4)
		m.mask = uint64(slots) - 1
	}
	from := m.entries
	m.entries = Alloc(room * m.size)
	m.room = room
	m.watched = false
	m.epoch++
	m.compact(from)
}

// compact moves the live entries at from to the beginning of the array and
// fills the table anew.
func (m *hmap) compact(from unsafe.Pointer) {
	clear(bytesOf(m.index, int(m.mask+1)*4))
	n := 0
	for i := range m.used {
		e := (*entry)(unsafe.Add(from, i*m.size))
		if e.hash == 0 {
			continue
		}
		to := m.at(n)
		n++
		copy(bytesOf(unsafe.Pointer(to), m.size), bytesOf(unsafe.Pointer(e), m.size))
		m.link(to.hash, n)
	}
	m.used = n
}

// HMapDelete removes an entry.
//
// Safety: e is a live entry of p.
func HMapDelete(p, e unsafe.Pointer) {
	(*entry)(e).hash = 0
	(*hmap)(p).count--
}

// HMapClear removes all entries.
//
// Safety: p is nil or a map.
func HMapClear(p unsafe.Pointer) {
	m := (*hmap)(p)
	if m == nil || m.used == 0 {
		return
	}
	m.count = 0
	if m.watched {
		m.resize(m.room)
		return
	}
	m.used = 0
	clear(bytesOf(m.index, int(m.mask+1)*4))
}

// mapIter is a loop over a map.
type mapIter struct {
	m       *hmap // first: the compiler reads it
	entries unsafe.Pointer
	i, n    int
	epoch   int
}

// HMapIterSize is what the compiler sets aside for a loop over a map.
const HMapIterSize = 40

var _ [HMapIterSize - unsafe.Sizeof(mapIter{})]byte

// HMapIterInit begins a loop.
//
// Safety: it has HMapIterSize bytes, p is nil or a map.
func HMapIterInit(it, p unsafe.Pointer) {
	m := (*hmap)(p)
	if m == nil || m.count == 0 {
		*(*mapIter)(it) = mapIter{m: m}
		return
	}
	if !m.watched {
		m.watched = true
	}
	*(*mapIter)(it) = mapIter{m: m, entries: m.entries, n: m.used, epoch: m.epoch}
}

// HMapIterNext returns the next entry, nil at the end, and whether it has to be
// looked up because the map has another array by now.
//
// Safety: it was initialised.
func HMapIterNext(p unsafe.Pointer) (unsafe.Pointer, bool) {
	it := (*mapIter)(p)
	for it.i < it.n {
		e := (*entry)(unsafe.Add(it.entries, it.i*it.m.size))
		it.i++
		if e.hash != 0 {
			return unsafe.Pointer(e), it.epoch != it.m.epoch
		}
	}
	return nil, false
}

// HashWord mixes an integer or a pointer into a hash.
func HashWord(x, h uint64) uint64 {
	h = (h ^ x) * 0x9e3779b97f4a7c15
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}

// HashBytes mixes n bytes into a hash.
//
// Safety: p has n bytes.
func HashBytes(p unsafe.Pointer, n int, h uint64) uint64 {
	b := bytesOf(p, n)
	h = HashWord(uint64(n), h)
	for len(b) >= 8 {
		h = HashWord(*(*uint64)(unsafe.Pointer(&b[0])), h)
		b = b[8:]
	}
	var last uint64
	for i, c := range b {
		last |= uint64(c) << (8 * i)
	}
	return HashWord(last, h)
}

// HashString mixes a string into a hash.
func HashString(s string, h uint64) uint64 {
	return HashBytes(unsafe.Pointer(unsafe.StringData(s)), len(s), h)
}
