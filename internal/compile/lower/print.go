// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/compile/ir"
	"github.com/rex-go/rex/internal/diag"
)

// print lowers print and println: the operands are appended to a buffer, which
// becomes one log record.
func (f *fn) print(args []ssa.Value, line bool) {
	b := val{c: []ir.Value{ir.Null, zero64, zero64}}
	text := func(s string) {
		p, n := f.g.str(s)
		b = f.rtCall("PrintString", b, val{c: []ir.Value{p, n}})
	}
	for i, a := range args {
		if line && i > 0 {
			text(" ")
		}
		b = f.printOne(b, f.value(a), a.Type())
	}
	if line {
		text("\n")
	}
	f.rtCall("PrintEnd", b)
}

func (f *fn) printOne(b, v val, t types.Type) val {
	f.noFloat(t)
	addr := func(p ir.Value) val { return one(f.f.Cast("ptrtoint", p, ir.I64)) }
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch {
		case u.Info()&types.IsString != 0:
			return f.rtCall("PrintString", b, v)
		case u.Info()&types.IsBoolean != 0:
			return f.rtCall("PrintBool", b, v)
		case u.Info()&types.IsInteger != 0 && isSigned(t):
			return f.rtCall("PrintInt", b, one(f.extend(v.s(), true, ir.I64)))
		case u.Info()&types.IsInteger != 0:
			return f.rtCall("PrintUint", b, one(f.extend(v.s(), false, ir.I64)))
		}
	case *types.Slice:
		return f.rtCall("PrintSlice", b, one(v.c[1]), one(v.c[2]), addr(v.c[0]))
	case *types.Interface:
		return f.rtCall("PrintIface", b, addr(v.c[0]), addr(v.c[1]))
	case *types.Array, *types.Struct:
		// go/types lets these through; the Go compiler refuses them.
		f.g.diags.Add(f.g.position(f.pos), diag.TypeError, "print takes no arrays and structs: name their parts", "illegal types for operand: print %s", typeName(t))
		return b
	}
	return f.rtCall("PrintPointer", b, addr(v.s()))
}
