// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rt

import "unsafe"

// Kinds of values that ValueOf tells apart: those of package reflect, which has
// the same numbers.
const (
	KindBool    = 1
	KindInt     = 2
	KindInt8    = 3
	KindInt16   = 4
	KindInt32   = 5
	KindInt64   = 6
	KindUint    = 7
	KindUint8   = 8
	KindUint16  = 9
	KindUint32  = 10
	KindUint64  = 11
	KindUintptr = 12
	KindArray   = 17 // of bytes
	KindPointer = 22
	KindSlice   = 23 // of bytes
	KindString  = 24
)

// Value is an interface's dynamic value taken apart. Type is its type's name;
// of the others the one that Kind says is valid. A type that Kind does not know
// has kind 0.
type Value struct {
	Kind  int
	Type  string
	Int   int64
	Uint  uint64 // also of a boolean; of a pointer, whether it is not nil
	Str   string
	Bytes []byte
}

// fullDesc is a type descriptor as the compiler lays it out.
type fullDesc struct {
	typeDesc
	kind, size int
}

// ValueOf takes an interface apart.
func ValueOf(v any) (r Value) {
	// SAFETY: an interface is two words, the address of the type's descriptor
	// (nil when there is none) and the value's address, or a pointer itself.
	// The descriptor says what lies at the address.
	w := (*[2]unsafe.Pointer)(unsafe.Pointer(&v))
	d, p := (*fullDesc)(w[0]), w[1]
	if d == nil {
		return Value{Type: "<nil>"}
	}
	r.Kind, r.Type = d.kind, d.name
	switch d.kind {
	case KindBool:
		r.Uint = uint64(*(*uint8)(p))
	case KindInt, KindInt64:
		r.Int = *(*int64)(p)
	case KindInt8:
		r.Int = int64(*(*int8)(p))
	case KindInt16:
		r.Int = int64(*(*int16)(p))
	case KindInt32:
		r.Int = int64(*(*int32)(p))
	case KindUint, KindUint64, KindUintptr:
		r.Uint = *(*uint64)(p)
	case KindUint8:
		r.Uint = uint64(*(*uint8)(p))
	case KindUint16:
		r.Uint = uint64(*(*uint16)(p))
	case KindUint32:
		r.Uint = uint64(*(*uint32)(p))
	case KindString:
		r.Str = *(*string)(p)
	case KindSlice:
		r.Bytes = *(*[]byte)(p)
	case KindArray:
		r.Bytes = bytesOf(p, d.size)
	case KindPointer:
		if p != nil {
			r.Uint = 1
		}
	}
	return r
}
