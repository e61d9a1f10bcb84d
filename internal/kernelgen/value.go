// SPDX-License-Identifier: Apache-2.0

package kernelgen

import (
	"fmt"

	"github.com/cilium/ebpf/btf"
)

// maxCopy is the largest array in bytes that a method returns as a whole.
const maxCopy = 256

// value says how a member is read and what its method returns.
type value struct {
	read    string // the type that is read
	result  string // what the method returns
	typ     string // the type around read's value; empty when there is none
	boolean bool
	count   int    // elements are read one by one
	inside  string // the member's place is returned, as this type
}

// wrap puts an expression into the type around it.
func (v value) wrap(expr string) string {
	if v.typ == "" {
		return expr
	}
	return v.typ + "{" + expr + "}"
}

// typeName is the name of a struct or union, through typedefs that give an
// anonymous one its name.
func typeName(t btf.Type) string {
	for {
		switch x := t.(type) {
		case *btf.Typedef:
			if u := btf.UnderlyingType(x); u.TypeName() != "" {
				return u.TypeName()
			}
			return x.Name
		case *btf.Const:
			t = x.Type
		case *btf.Volatile:
			t = x.Type
		case *btf.Restrict:
			t = x.Type
		default:
			return t.TypeName()
		}
	}
}

// value decides how a member of a type is read.
func (g *generator) value(t btf.Type) value {
	if name, ok := number(t); ok {
		if name == "bool" {
			return value{read: "uint8", result: "bool", boolean: true}
		}
		return value{read: name, result: name}
	}
	switch u := btf.UnderlyingType(t).(type) {
	case *btf.Pointer:
		if name := g.goNames[typeName(u.Target)]; name != "" && membersOf(u.Target) != nil {
			return value{read: "kernel.Pointer", result: name, typ: name}
		}
		return value{read: "kernel.Pointer", result: "kernel.Pointer"}
	case *btf.Array:
		if name, size := g.element(u.Type); name != "" && u.Nelems > 0 {
			if int(u.Nelems)*size <= maxCopy {
				a := fmt.Sprintf("[%d]%s", u.Nelems, name)
				return value{read: a, result: a}
			}
			return value{read: name, count: int(u.Nelems)}
		}
	case *btf.Struct, *btf.Union:
		if name := g.goNames[typeName(t)]; name != "" {
			return value{inside: name, typ: name}
		}
	}
	return value{inside: "kernel.Pointer"}
}

// element returns the Go type of an array's elements and its size, empty when
// they are not read as values.
func (g *generator) element(t btf.Type) (string, int) {
	if name, ok := number(t); ok {
		size, _ := btf.Sizeof(t)
		if name == "bool" {
			name = "uint8"
		}
		return name, size
	}
	if _, ok := btf.UnderlyingType(t).(*btf.Pointer); ok {
		return "kernel.Pointer", 8
	}
	return "", 0
}

// number returns the Go type of an integer, an enumeration, or a struct around
// just one of them, such as atomic_t and kuid_t.
func number(t btf.Type) (string, bool) {
	size, err := btf.Sizeof(t)
	if err != nil {
		return "", false
	}
	for range maxDepth {
		switch u := btf.UnderlyingType(t).(type) {
		case *btf.Int:
			switch {
			case u.Encoding == btf.Bool && size == 1:
				return "bool", true
			case u.Size != uint32(size) || size != 1 && size != 2 && size != 4 && size != 8:
				return "", false
			case u.Encoding == btf.Signed && u.Name != "char":
				return fmt.Sprintf("int%d", size*8), true
			}
			return fmt.Sprintf("uint%d", size*8), true
		case *btf.Enum:
			if u.Signed {
				return fmt.Sprintf("int%d", size*8), true
			}
			return fmt.Sprintf("uint%d", size*8), true
		case *btf.Struct:
			if len(u.Members) != 1 || u.Members[0].BitfieldSize != 0 {
				return "", false
			}
			t = u.Members[0].Type
		default:
			return "", false
		}
	}
	return "", false
}
