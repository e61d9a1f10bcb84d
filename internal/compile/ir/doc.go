// SPDX-License-Identifier: Apache-2.0

// Package ir builds and prints LLVM 19 textual IR with opaque pointers. It
// knows LLVM's types and instructions and nothing about Go. Operands are
// checked as instructions are made; Module.Verify checks what can only be seen
// at the end. Mistakes are mistakes of the compiler: builders panic with an
// *Error, which the lowering stage reports as an internal error.
package ir

import (
	"fmt"
	"strconv"
	"strings"
)

// Error is a violated rule of the IR.
type Error struct{ Msg string }

func (e *Error) Error() string { return "ir: " + e.Msg }

func failf(format string, args ...any) {
	panic(&Error{Msg: fmt.Sprintf(format, args...)})
}

// Type is an LLVM type as it is written.
type Type string

// The scalar types.
const (
	Void Type = "void"
	I1   Type = "i1"
	I8   Type = "i8"
	I16  Type = "i16"
	I32  Type = "i32"
	I64  Type = "i64"
	I128 Type = "i128"
	Ptr  Type = "ptr"
	// CPUPtr is a pointer relative to the per-CPU base (%gs).
	CPUPtr Type = "ptr addrspace(256)"
)

// Int returns the integer type of that many bits.
func Int(bits int) Type { return Type("i" + strconv.Itoa(bits)) }

// Bits returns the width of an integer type, 0 for any other type.
func (t Type) Bits() int {
	if len(t) < 2 || t[0] != 'i' {
		return 0
	}
	n, err := strconv.Atoi(string(t[1:]))
	if err != nil {
		return 0
	}
	return n
}

// IsInt reports whether t is an integer type.
func (t Type) IsInt() bool { return t.Bits() != 0 }

// IsPtr reports whether t is a pointer type.
func (t Type) IsPtr() bool { return strings.HasPrefix(string(t), "ptr") }

// Struct returns the literal struct type of fields, which must be scalars.
func Struct(fields []Type) Type {
	s := make([]string, len(fields))
	for i, f := range fields {
		if strings.ContainsAny(string(f), "{}[,") {
			failf("nested aggregate %s in struct", f)
		}
		s[i] = string(f)
	}
	return Type("{ " + strings.Join(s, ", ") + " }")
}

// Fields returns the field types of a type made by Struct, nil otherwise.
func (t Type) Fields() []Type {
	s, ok := strings.CutPrefix(string(t), "{ ")
	if !ok {
		return nil
	}
	parts := strings.Split(strings.TrimSuffix(s, " }"), ", ")
	fields := make([]Type, len(parts))
	for i, p := range parts {
		fields[i] = Type(p)
	}
	return fields
}

// Bytes returns the type of n bytes.
func Bytes(n int64) Type { return Type("[" + strconv.FormatInt(n, 10) + " x i8]") }

// Value is an operand: a type and how the operand is written.
type Value struct {
	Type Type
	Ref  string
}

func (v Value) String() string { return string(v.Type) + " " + v.Ref }

// IsConst reports whether v is written as a constant other than the address of
// a global.
func (v Value) IsConst() bool {
	return v.Ref != "" && v.Ref[0] != '%' && v.Ref[0] != '@'
}

// Const returns the integer constant x of type t, wrapped to t's width.
func Const(t Type, x int64) Value {
	bits := t.Bits()
	if bits == 0 {
		failf("integer constant of type %s", t)
	}
	if bits == 1 {
		if x&1 != 0 {
			return Value{t, "true"}
		}
		return Value{t, "false"}
	}
	if bits < 64 {
		x = x << (64 - bits) >> (64 - bits)
	}
	return Value{t, strconv.FormatInt(x, 10)}
}

// Bool returns an i1 constant.
func Bool(b bool) Value {
	if b {
		return Value{I1, "true"}
	}
	return Value{I1, "false"}
}

// Null is the null pointer.
var Null = Value{Ptr, "null"}

// Zero returns the zero value of a scalar type.
func Zero(t Type) Value {
	switch {
	case t.IsPtr():
		return Value{t, "null"}
	case t == I1:
		return Bool(false)
	case t.IsInt():
		return Const(t, 0)
	case t == "float" || t == "double":
		return Value{t, "0.0"}
	}
	failf("zero value of type %s", t)
	return Value{}
}

// ConstInt returns the value of an integer constant.
func (v Value) ConstInt() (int64, bool) {
	switch v.Ref {
	case "true":
		return 1, true
	case "false":
		return 0, true
	}
	if !v.Type.IsInt() || !v.IsConst() {
		return 0, false
	}
	x, err := strconv.ParseInt(v.Ref, 10, 64)
	return x, err == nil
}

// Name writes a global or local name with the quotes that LLVM needs.
func Name(prefix, name string) string {
	plain := name != ""
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == '.', c == '$', c == '-':
		case c >= '0' && c <= '9':
			if i == 0 {
				plain = false
			}
		default:
			plain = false
		}
	}
	if plain {
		return prefix + name
	}
	return prefix + Quote(name)
}

// Quote writes bytes as an LLVM string with its quotes.
func Quote(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c < 0x7f && c != '"' && c != '\\' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('\\')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	b.WriteByte('"')
	return b.String()
}
