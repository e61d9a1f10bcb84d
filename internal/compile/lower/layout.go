// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/types"
	"strconv"

	"github.com/rex-go/rex/internal/compile/ir"
)

func itoa(i int) string { return strconv.Itoa(i) }

// maxFlat is how many scalars a value may consist of to be kept in registers.
// Larger values, and arrays of two or more elements, are kept in memory: the
// value is then the address of bytes that do not change while it lives.
const maxFlat = 4

// comp is one scalar of a value: its register type and its offset in memory.
// Booleans are i1 in registers and one byte, 0 or 1, in memory.
type comp struct {
	t   ir.Type
	off int64
	// most is the largest value of a length or capacity, 0 for other scalars.
	most int64
}

// layout says how values of a type are represented.
type layout struct {
	size, align int64
	mem         bool
	comps       []comp
}

func (g *gen) layout(t types.Type) *layout {
	if l, ok := g.layouts.At(t).(*layout); ok {
		return l
	}
	if b, ok := t.(*types.Basic); ok && (b.Info()&types.IsUntyped != 0 || b.Kind() == types.UntypedNil) {
		// go/types leaves operands of shifts untyped now and then, and nil in
		// the cases of a switch.
		if t = types.Default(t); b.Kind() == types.UntypedNil {
			t = types.Typ[types.UnsafePointer]
		}
		return g.layout(t)
	}
	l := &layout{size: g.sizes.Sizeof(t), align: g.sizes.Alignof(t)}
	comps, ok := g.flatten(t, 0, nil)
	if ok {
		l.comps = comps
	} else {
		l.mem = true
	}
	g.layouts.Set(t, l)
	return l
}

func (g *gen) flatten(t types.Type, off int64, list []comp) ([]comp, bool) {
	one := func(ts ...ir.Type) ([]comp, bool) {
		for i, x := range ts {
			list = append(list, comp{t: x, off: off + 8*int64(i)})
		}
		return list, true
	}
	// The components after the first are lengths.
	sized := func(most int64, ts ...ir.Type) ([]comp, bool) {
		one(ts...)
		for i := len(list) - len(ts) + 1; i < len(list); i++ {
			list[i].most = most
		}
		return list, true
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch u.Kind() {
		case types.Bool, types.UntypedBool:
			return one(ir.I1)
		case types.Int8, types.Uint8:
			return one(ir.I8)
		case types.Int16, types.Uint16:
			return one(ir.I16)
		case types.Int32, types.Uint32, types.UntypedRune:
			return one(ir.I32)
		case types.Int, types.Uint, types.Int64, types.Uint64, types.Uintptr, types.UntypedInt:
			return one(ir.I64)
		case types.String, types.UntypedString:
			return sized(maxLen, ir.Ptr, ir.I64)
		case types.UnsafePointer, types.UntypedNil:
			return one(ir.Ptr)
		case types.Float32:
			return one(ir.I32)
		case types.Float64:
			return one(ir.I64)
		case types.Complex64, types.Complex128:
			return nil, false
		}
		return list, true // types.Invalid: an unused component
	case *types.Pointer, *types.Map, *types.Chan, *types.Signature:
		return one(ir.Ptr)
	case *types.Slice:
		return sized(g.maxLen(u), ir.Ptr, ir.I64, ir.I64)
	case *types.Interface:
		return one(ir.Ptr, ir.Ptr)
	case *types.Array:
		switch u.Len() {
		case 0:
			return list, true
		case 1:
			return g.flatten(u.Elem(), off, list)
		}
		if g.sizes.Sizeof(u) == 0 {
			return list, true
		}
		return nil, false
	case *types.Struct:
		offs := g.fieldOffsets(u)
		for i := range u.NumFields() {
			var ok bool
			list, ok = g.flatten(u.Field(i).Type(), off+offs[i], list)
			if !ok || len(list) > maxFlat {
				return nil, false
			}
		}
		return list, true
	}
	return one(ir.Ptr) // opaque iterator and defer-stack types of go/ssa
}

func (g *gen) fieldOffsets(s *types.Struct) []int64 {
	fields := make([]*types.Var, s.NumFields())
	for i := range fields {
		fields[i] = s.Field(i)
	}
	return g.sizes.Offsetsof(fields)
}

// memType is the type a scalar has in memory.
func memType(t ir.Type) ir.Type {
	if t == ir.I1 {
		return ir.I8
	}
	return t
}

func isSigned(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0 && b.Info()&types.IsUnsigned == 0
}

func isString(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

func isInteger(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0
}

func isFloat(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsFloat|types.IsComplex) != 0
}

// pointerShaped reports whether an interface's data word is the value itself.
func pointerShaped(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Chan, *types.Signature:
		return true
	case *types.Basic:
		return u.Kind() == types.UnsafePointer
	}
	return false
}
