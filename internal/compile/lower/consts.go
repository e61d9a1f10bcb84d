// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/constant"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/compile/ir"
)

// constant lowers a constant, including the zero value of any type.
func (f *fn) constant(c *ssa.Const) val {
	t := c.Type()
	if c.Value == nil {
		return f.zero(t)
	}
	b, ok := t.Underlying().(*types.Basic)
	if !ok {
		panic(unsupportedError{"constant " + c.String()})
	}
	switch {
	case b.Info()&types.IsBoolean != 0:
		return one(ir.Bool(constant.BoolVal(c.Value)))
	case b.Info()&types.IsString != 0:
		p, n := f.g.str(constant.StringVal(c.Value))
		return val{c: []ir.Value{p, n}}
	case b.Info()&types.IsInteger != 0:
		return one(ir.Const(f.g.layout(t).comps[0].t, constInt(c.Value)))
	case b.Kind() == types.UnsafePointer:
		return one(ir.Null)
	}
	panic(unsupportedError{"floating-point constant"})
}

// constInt returns the low 64 bits of an integer constant.
func constInt(v constant.Value) int64 {
	v = constant.ToInt(v)
	if x, ok := constant.Int64Val(v); ok {
		return x
	}
	x, _ := constant.Uint64Val(v)
	return int64(x)
}

// str returns address and length of a constant string.
func (g *gen) str(s string) (ir.Value, ir.Value) {
	n := ir.Const(ir.I64, int64(len(s)))
	if s == "" {
		return ir.Null, n
	}
	if p, ok := g.strs[s]; ok {
		return p, n
	}
	p := g.m.AddGlobal(&ir.Global{Name: "str." + itoa(len(g.strs)), Linkage: "private unnamed_addr", Const: true,
		Type: ir.Bytes(int64(len(s))), Init: "c" + ir.Quote(s), Align: 1})
	g.strs[s] = p
	return p, n
}
