// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rex

import (
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

// emit writes the record.
func (t *text) emit(level Level) {
	// SAFETY: t.n is at most len(t.buf); the helper copies the bytes and keeps
	// nothing.
	rt.Log(uint32(level), unsafe.Pointer(&t.buf), t.n)
}

// checkPrintf is the compiler's work.
func checkPrintf(string, ...any) {}

// operandOf takes a value apart.
func operandOf(v any) operand {
	r := rt.ValueOf(v)
	o := operand{typ: r.Type, int: r.Int, uint: r.Uint, str: r.Str, bytes: r.Bytes}
	switch r.Kind {
	case rt.KindBool:
		o.kind = opBool
	case rt.KindInt, rt.KindInt8, rt.KindInt16, rt.KindInt32, rt.KindInt64:
		o.kind = opInt
	case rt.KindUint, rt.KindUint8, rt.KindUint16, rt.KindUint32, rt.KindUint64, rt.KindUintptr:
		o.kind = opUint
	case rt.KindString:
		o.kind = opString
	case rt.KindArray, rt.KindSlice:
		o.kind = opBytes
	case rt.KindPointer:
		if r.Uint == 0 {
			o.kind = opNil
		}
	default:
		if v == nil {
			o = operand{kind: opNil}
		}
	}
	return o
}
