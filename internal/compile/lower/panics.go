// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/ir"
)

// panicValue lowers panic(x) and ends the block. What can be seen of x at
// compile time decides the record; otherwise the dynamic type does.
func (f *fn) panicValue(x ssa.Value) {
	if m, ok := x.(*ssa.MakeInterface); ok {
		f.panicTyped(f.value(m.X), m.X.Type())
		return
	}
	if c, ok := x.(*ssa.ChangeInterface); ok {
		f.panicValue(c.X)
		return
	}
	v := f.value(x)
	f.f.Call(f.g.panicker(), "nomerge noreturn", v.c[0], v.c[1])
	f.f.Unreachable()
}

// panicTyped ends the block with the panic of a value of a concrete type: an
// error's or Stringer's text, a basic value, or the type's name.
func (f *fn) panicTyped(v val, t types.Type) {
	for _, name := range []string{"Error", "String"} {
		if m := f.g.textMethod(t, name); m != nil {
			s := f.callStatic(m, nil, []val{v})
			f.panicText(abi.PanicError, s.c[0], s.c[1])
			return
		}
	}
	_, named := types.Unalias(t).(*types.Named)
	name, nameLen := f.g.str(typeName(t))
	if b, ok := t.Underlying().(*types.Basic); ok {
		str := b.Info()&types.IsString != 0
		switch {
		case named && str:
			s := f.rtCall("FormatNamedString", val{c: []ir.Value{name, nameLen}}, v)
			f.panicText(abi.PanicError, s.c[0], s.c[1])
			return
		case named && b.Info()&(types.IsInteger|types.IsBoolean) != 0:
			kind := int64(0)
			if b.Info()&types.IsBoolean != 0 {
				kind = 2
			} else if !isSigned(t) {
				kind = 1
			}
			s := f.rtCall("FormatNamed", val{c: []ir.Value{name, nameLen}}, one(f.extend(v.s(), isSigned(t), ir.I64)), one(ir.Const(ir.I64, kind)))
			f.panicText(abi.PanicError, s.c[0], s.c[1])
			return
		case str:
			f.panicText(abi.PanicString, v.c[0], v.c[1])
			return
		case b.Info()&types.IsBoolean != 0:
			f.panicCode(abi.PanicBool, f.extend(v.s(), false, ir.I64), zero64)
			return
		case b.Info()&types.IsInteger != 0:
			code := abi.PanicUint
			if isSigned(t) {
				code = abi.PanicInt
			}
			f.panicCode(code, f.extend(v.s(), isSigned(t), ir.I64), zero64)
			return
		}
	}
	f.panicText(abi.PanicValue, name, nameLen)
}

// textMethod returns the method of t with that name and the signature
// func() string, nil when there is none that the program already has.
func (g *gen) textMethod(t types.Type, name string) *ssa.Function {
	sel := g.prog.MethodSets.MethodSet(t).Lookup(nil, name)
	if sel == nil {
		return nil
	}
	sig, ok := sel.Type().(*types.Signature)
	if !ok || sig.Params().Len() != 0 || sig.Results().Len() != 1 || !types.Identical(sig.Results().At(0).Type(), types.Typ[types.String]) {
		return nil
	}
	if m := g.prog.MethodValue(sel); m != nil && g.reach.seen[m] {
		return m
	}
	return nil
}

// panicker is the function that panics with a value whose type is only known
// at run time.
func (g *gen) panicker() *ir.Func {
	const name = "rex.panicvalue"
	if x := g.m.Func(name); x != nil {
		return x
	}
	x := g.m.AddFunc(&ir.Func{Name: name, Linkage: "internal", Attrs: baseAttrs + " noreturn cold", GC: gcName,
		Params: []ir.Param{{Type: ir.Ptr}, {Type: ir.Ptr}}})
	g.synthetic(name)
	g.pendIface = append(g.pendIface, func() {
		f := g.helper(x)
		null, some := x.NewBlock("nil"), x.NewBlock("some")
		x.CondBr(x.ICmp("eq", x.Param(0), ir.Null), null, some, "")
		x.SetBlock(null)
		p, n := g.str("panic called with nil argument")
		f.panicText(abi.PanicError, p, n)
		x.SetBlock(some)
		f.switchType(x.Param(0), func(ti *typeInfo) {
			f.panicTyped(f.unbox(x.Param(1), ti.t), ti.t)
		})
	})
	return x
}
