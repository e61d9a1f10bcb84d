// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
)

// Sizes and kinds of include/uapi/linux/btf.h.
const (
	btfMagic     = 0xeb9f
	btfVersion   = 1
	btfHeaderLen = 24
	btfTypeLen   = 12
	btfMemberLen = 12

	kindInt      = 1
	kindStruct   = 4
	kindUnion    = 5
	kindTypedef  = 8
	kindVolatile = 9
	kindConst    = 10
	kindRestrict = 11
	kindTypeTag  = 18
)

var le = binary.LittleEndian

// parse checks that every type lies inside the data and notes where. Ids and
// name offsets are checked when they are followed.
func (b *BTF) parse(raw []byte) error {
	if len(raw) < btfHeaderLen {
		return fmt.Errorf("%d bytes are too few for a header", len(raw))
	}
	if le.Uint16(raw) != btfMagic || raw[2] != btfVersion {
		return fmt.Errorf("not little-endian BTF of version %d", btfVersion)
	}
	hdrLen := uint64(le.Uint32(raw[4:]))
	typeOff, typeLen := hdrLen+uint64(le.Uint32(raw[8:])), uint64(le.Uint32(raw[12:]))
	strOff, strLen := hdrLen+uint64(le.Uint32(raw[16:])), uint64(le.Uint32(raw[20:]))
	if hdrLen < btfHeaderLen || typeOff+typeLen > uint64(len(raw)) || strOff+strLen > uint64(len(raw)) {
		return errors.New("a section lies outside the data")
	}
	b.types = raw[typeOff : typeOff+typeLen]
	b.strs = raw[strOff : strOff+strLen]
	if len(b.strs) == 0 || b.strs[0] != 0 || b.strs[len(b.strs)-1] != 0 {
		return errors.New("the strings do not begin and end with a zero byte")
	}
	// The average size of a kernel's types is about 30 bytes.
	b.pos = append(make([]uint32, 0, len(b.types)/24+1), 0)
	for p := 0; p < len(b.types); {
		id, rest := len(b.pos), b.types[p:]
		if len(rest) < btfTypeLen {
			return fmt.Errorf("type %d is cut off", id)
		}
		info := le.Uint32(rest[4:])
		n, ok := kindLen(info>>24&0x1f, info&0xffff)
		if !ok {
			return fmt.Errorf("type %d has the unknown kind %d", id, info>>24&0x1f)
		}
		if len(rest) < btfTypeLen+n {
			return fmt.Errorf("type %d is cut off", id)
		}
		b.pos = append(b.pos, uint32(p))
		p += btfTypeLen + n
	}
	return nil
}

// kindLen returns how many bytes follow struct btf_type for a kind with vlen
// elements.
func kindLen(kind, vlen uint32) (int, bool) {
	n := int(vlen)
	switch kind {
	case kindInt, 14, 17: // VAR, DECL_TAG
		return 4, true
	case 2, 7, kindTypedef, kindVolatile, kindConst, kindRestrict, 12, 16, kindTypeTag: // PTR, FWD, FUNC, FLOAT
		return 0, true
	case 3: // ARRAY
		return 12, true
	case kindStruct, kindUnion, 15, 19: // DATASEC, ENUM64
		return 12 * n, true
	case 6, 13: // ENUM, FUNC_PROTO
		return 8 * n, true
	}
	return 0, false
}

// rawType is a struct btf_type with what follows it.
type rawType []byte

func (t rawType) name() uint32 { return le.Uint32(t) }
func (t rawType) kind() uint32 { return le.Uint32(t[4:]) >> 24 & 0x1f }
func (t rawType) vlen() int    { return int(le.Uint32(t[4:]) & 0xffff) }
func (t rawType) flag() bool   { return le.Uint32(t[4:])>>31 != 0 }
func (t rawType) ref() uint32  { return le.Uint32(t[8:]) }

// typ returns a type; nil for void and for ids that do not exist.
func (b *BTF) typ(id uint32) rawType {
	if id == 0 || uint64(id) >= uint64(len(b.pos)) {
		return nil
	}
	return rawType(b.types[b.pos[id]:])
}

// is reports whether the string at off is s.
func (b *BTF) is(off uint32, s string) bool {
	end := uint64(off) + uint64(len(s))
	return end < uint64(len(b.strs)) && b.strs[end] == 0 && string(b.strs[off:end]) == s
}

// named goes through the types of some kinds (a bit set) with that name, in
// the order of their ids.
func (b *BTF) named(name string, kinds uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for id := 1; id < len(b.pos); id++ {
			t := rawType(b.types[b.pos[id]:])
			if kinds>>t.kind()&1 != 0 && b.is(t.name(), name) && !yield(uint32(id)) {
				return
			}
		}
	}
}

// composite follows typedefs and qualifiers to a struct or union; nil when
// there is something else at the end, or no end.
func (b *BTF) composite(id uint32) rawType {
	for range maxNesting {
		t := b.typ(id)
		if t == nil {
			return nil
		}
		switch t.kind() {
		case kindStruct, kindUnion:
			return t
		case kindTypedef, kindVolatile, kindConst, kindRestrict, kindTypeTag:
			id = t.ref()
		default:
			return nil
		}
	}
	return nil
}

// member is a struct btf_member.
type member struct {
	name, typ uint32
	bit       uint32 // from the start of the struct
	field     bool   // it is a bit field
}

// members goes through the members of a struct or union.
func (t rawType) members() iter.Seq[member] {
	return func(yield func(member) bool) {
		flag := t.flag()
		for m, i := t[btfTypeLen:], 0; i < t.vlen(); m, i = m[btfMemberLen:], i+1 {
			r := member{name: le.Uint32(m), typ: le.Uint32(m[4:]), bit: le.Uint32(m[8:])}
			if flag {
				// The struct has bit fields: the top byte is their size.
				r.field, r.bit = r.bit>>24 != 0, r.bit&0xffffff
			}
			if !yield(r) {
				return
			}
		}
	}
}
