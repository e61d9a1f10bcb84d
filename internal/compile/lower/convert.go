// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/ir"
)

// convert lowers conversions that change the representation.
func (f *fn) convert(c *ssa.Convert) val {
	from, to := c.X.Type(), c.Type()
	f.noFloat(from)
	f.noFloat(to)
	x := f.value(c.X)
	l := f.g.layout(to)
	switch {
	case isInteger(from) && isInteger(to):
		return one(f.extend(x.s(), isSigned(from), l.comps[0].t))
	case isUnsafePointer(from) && isInteger(to):
		return one(f.f.Cast("ptrtoint", x.s(), ir.I64))
	case isInteger(from) && isUnsafePointer(to):
		return one(f.f.Cast("inttoptr", x.s(), ir.Ptr))
	case isUnsafePointer(from) || isUnsafePointer(to):
		return x
	case isInteger(from) && isString(to):
		return f.rtCall("RuneToString", one(f.runeArg(x.s(), isSigned(from))))
	case isString(from) && isString(to):
		return x
	case isString(from):
		if elemSize(to) == 1 {
			return f.rtCall("StringToBytes", x)
		}
		return f.rtCall("StringToRunes", x)
	case isString(to):
		if elemSize(from) == 1 && transient(c) {
			return val{c: x.c[:2]}
		}
		if elemSize(from) == 1 {
			return f.rtCall("BytesToString", x)
		}
		return f.rtCall("RunesToString", x)
	}
	panic(unsupportedError{"conversion from " + from.String() + " to " + to.String()})
}

// runeArg widens an integer for the conversion to string; what does not fit
// becomes an invalid rune.
func (f *fn) runeArg(x ir.Value, signed bool) ir.Value { return f.extend(x, signed, ir.I64) }

func isUnsafePointer(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == types.UnsafePointer
}

func elemSize(t types.Type) int64 {
	s, ok := t.Underlying().(*types.Slice)
	if !ok {
		return 0
	}
	if b, ok := s.Elem().Underlying().(*types.Basic); ok && b.Kind() == types.Uint8 {
		return 1
	}
	return 4
}

// sliceToArrayPointer lowers (*[N]T)(s); go/ssa makes [N]T(s) from it and a
// load.
func (f *fn) sliceToArrayPointer(c *ssa.SliceToArrayPointer) ir.Value {
	n := ir.Const(ir.I64, c.Type().Underlying().(*types.Pointer).Elem().Underlying().(*types.Array).Len())
	s := f.value(c.X)
	f.check(f.f.ICmp("uge", s.c[1], n), abi.PanicSliceConvert, s.c[1], n)
	return s.c[0]
}
