// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/types"
	"strconv"
	"strings"
)

// typeName is how a type is written in messages of the run-time, which is as
// package reflect does: by package name, "struct {}" with a blank, parameters
// without names.
func typeName(t types.Type) string {
	var b strings.Builder
	writeType(&b, t, false)
	return b.String()
}

// writeType writes a type; as a type argument with full package paths.
func writeType(b *strings.Builder, t types.Type, path bool) {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		if t.Kind() == types.Uint8 || t.Kind() == types.Int32 {
			t = types.Typ[t.Kind()] // not byte or rune
		}
		b.WriteString(types.Default(t).String())
	case *types.Named:
		writeNamed(b, t, path)
	case *types.Pointer:
		b.WriteByte('*')
		writeType(b, t.Elem(), path)
	case *types.Slice:
		b.WriteString("[]")
		writeType(b, t.Elem(), path)
	case *types.Array:
		b.WriteString("[" + strconv.FormatInt(t.Len(), 10) + "]")
		writeType(b, t.Elem(), path)
	case *types.Map:
		b.WriteString("map[")
		writeType(b, t.Key(), path)
		b.WriteByte(']')
		writeType(b, t.Elem(), path)
	case *types.Chan:
		b.WriteString(map[types.ChanDir]string{types.SendRecv: "chan ", types.SendOnly: "chan<- ", types.RecvOnly: "<-chan "}[t.Dir()])
		writeType(b, t.Elem(), path)
	case *types.Signature:
		b.WriteString("func")
		writeSignature(b, t, path)
	case *types.Struct:
		writeStruct(b, t, path)
	case *types.Interface:
		writeInterface(b, t, path)
	default:
		b.WriteString(t.String())
	}
}

func writeNamed(b *strings.Builder, t *types.Named, path bool) {
	if pkg := t.Obj().Pkg(); pkg != nil {
		if path && pkg.Name() != "main" {
			b.WriteString(pkg.Path() + ".")
		} else {
			b.WriteString(pkg.Name() + ".")
		}
	}
	b.WriteString(t.Obj().Name())
	if args := t.TypeArgs(); args.Len() > 0 {
		b.WriteByte('[')
		for i := range args.Len() {
			if i > 0 {
				b.WriteByte(',')
			}
			writeType(b, args.At(i), true)
		}
		b.WriteByte(']')
	}
}

func writeSignature(b *strings.Builder, t *types.Signature, path bool) {
	b.WriteByte('(')
	for i := range t.Params().Len() {
		if i > 0 {
			b.WriteString(", ")
		}
		p := t.Params().At(i).Type()
		if s, ok := p.(*types.Slice); ok && t.Variadic() && i == t.Params().Len()-1 {
			b.WriteString("...")
			p = s.Elem()
		}
		writeType(b, p, path)
	}
	b.WriteByte(')')
	switch n := t.Results().Len(); {
	case n == 1:
		b.WriteByte(' ')
		writeType(b, t.Results().At(0).Type(), path)
	case n > 1:
		b.WriteString(" (")
		for i := range n {
			if i > 0 {
				b.WriteString(", ")
			}
			writeType(b, t.Results().At(i).Type(), path)
		}
		b.WriteByte(')')
	}
}

func writeStruct(b *strings.Builder, t *types.Struct, path bool) {
	b.WriteString("struct {")
	for i := range t.NumFields() {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteByte(' ')
		f := t.Field(i)
		if !f.Embedded() {
			b.WriteString(f.Name() + " ")
		}
		writeType(b, f.Type(), path)
		if tag := t.Tag(i); tag != "" {
			b.WriteString(" " + strconv.Quote(tag))
		}
	}
	if t.NumFields() > 0 {
		b.WriteByte(' ')
	}
	b.WriteByte('}')
}

func writeInterface(b *strings.Builder, t *types.Interface, path bool) {
	b.WriteString("interface {")
	for i := range t.NumMethods() {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteByte(' ')
		m := t.Method(i)
		if !m.Exported() && m.Pkg() != nil {
			b.WriteString(m.Pkg().Name() + ".")
		}
		b.WriteString(m.Name())
		writeSignature(b, m.Signature(), path)
	}
	if t.NumMethods() > 0 {
		b.WriteByte(' ')
	}
	b.WriteByte('}')
}
