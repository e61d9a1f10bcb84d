// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/compile/ir"
)

// stdFunc lowers the functions that overlays of the standard library declare
// without a body (internal/compile/source/overlay): what Go asks reflection.
// Each is a switch over the types that the program puts into interfaces.
func stdFunc(name string) (handler, bool) {
	switch name {
	case "errors.isComparable":
		return typeQuery("rex.comparable", ir.I1, func(f *fn, ti *typeInfo) []ir.Value {
			return []ir.Value{ir.Bool(types.Comparable(ti.t))}
		}), true
	case "errors.targetKind":
		return typeQuery("rex.errors.target", ir.I64, func(f *fn, ti *typeInfo) []ir.Value {
			p, ok := ti.t.Underlying().(*types.Pointer)
			if !ok {
				return []ir.Value{ir.Const(ir.I64, 1)}
			}
			kind := ir.Const(ir.I64, 2)
			if isErrorTarget(p.Elem()) {
				kind = zero64
			}
			null := f.f.ICmp("eq", f.f.Param(1), ir.Null)
			return []ir.Value{f.f.Select(null, ir.Const(ir.I64, 1), kind)}
		}), true
	case "errors.assign":
		return assignError, true
	case "sort.sliceInfo":
		return typeQuery("rex.sliceinfo", ir.Struct([]ir.Type{ir.Ptr, ir.I64, ir.I64}), func(f *fn, ti *typeInfo) []ir.Value {
			s, ok := ti.t.Underlying().(*types.Slice)
			if !ok {
				return []ir.Value{ir.Null, ir.Const(ir.I64, -1), zero64}
			}
			v := f.unbox(f.f.Param(1), ti.t)
			return []ir.Value{v.c[0], v.c[1], ir.Const(ir.I64, f.g.sizes.Sizeof(s.Elem()))}
		}), true
	}
	return nil, false
}

// typeQuery is a function of one interface argument that is not nil. each
// gives its results for one dynamic type; parameter 1 is the data word.
func typeQuery(name string, result ir.Type, each func(*fn, *typeInfo) []ir.Value) handler {
	return func(f *fn, c *ssa.Call, _ *ssa.Function) val {
		g := f.g
		x := g.m.Func(name)
		if x == nil {
			x = g.m.AddFunc(&ir.Func{Name: name, Linkage: "internal", Result: result, Attrs: baseAttrs, GC: gcName,
				Params: []ir.Param{{Type: ir.Ptr}, {Type: ir.Ptr}}})
			g.synthetic(name)
			g.pendIface = append(g.pendIface, func() {
				h := g.helper(x)
				h.nilCheck(x.Param(0))
				h.switchType(x.Param(0), func(ti *typeInfo) {
					list := each(h, ti)
					if len(list) == 1 {
						x.Ret(list[0])
						return
					}
					x.Ret(x.Aggregate(x.Result, list))
				})
			})
		}
		arg := f.value(c.Call.Args[0])
		r := f.f.Call(x, "", arg.c...)
		results := c.Call.Signature().Results()
		if results.Len() == 1 {
			return one(r)
		}
		v := val{}
		for i := range results.Len() {
			v.tuple = append(v.tuple, one(f.f.Extract(r, i)))
		}
		return v
	}
}

// isErrorTarget reports whether errors.As may store to a variable of type t.
func isErrorTarget(t types.Type) bool { return isIface(t) || types.Implements(t, errorIface) }

// assignError lowers errors.assign(err, target): the result says whether err,
// which is not nil, was stored to the variable that target points to.
func assignError(f *fn, c *ssa.Call, _ *ssa.Function) val {
	const name = "rex.errors.assign"
	g := f.g
	x := g.m.Func(name)
	if x == nil {
		x = g.m.AddFunc(&ir.Func{Name: name, Linkage: "internal", Result: ir.I1, Attrs: baseAttrs, GC: gcName,
			Params: []ir.Param{{Type: ir.Ptr}, {Type: ir.Ptr}, {Type: ir.Ptr}, {Type: ir.Ptr}}})
		g.synthetic(name)
		g.pendIface = append(g.pendIface, func() {
			h := g.helper(x)
			h.nilCheck(x.Param(0))
			h.nilCheck(x.Param(2))
			include := func(ti *typeInfo) bool {
				p, ok := ti.t.Underlying().(*types.Pointer)
				return ok && isErrorTarget(p.Elem())
			}
			h.switchTypes(x.Param(2), include, func(ti *typeInfo) {
				h.assignTo(ti.t.Underlying().(*types.Pointer).Elem())
			})
		})
	}
	err, target := f.value(c.Call.Args[0]), f.value(c.Call.Args[1])
	return one(f.f.Call(x, "", err.c[0], err.c[1], target.c[0], target.c[1]))
}

// assignTo writes the part of errors.assign for one type of target.
func (f *fn) assignTo(elem types.Type) {
	x := f.f
	typ, data, p := x.Param(0), x.Param(1), x.Param(3)
	iface, isInterface := elem.Underlying().(*types.Interface)
	ok := ir.Bool(true)
	switch {
	case isInterface && iface.NumMethods() == 0:
	case isInterface:
		ok = x.Call(f.g.implements(iface), "", typ)
	case f.g.reach.boxed.At(elem) == nil:
		x.Ret(ir.Bool(false))
		return
	default:
		ok = x.ICmp("eq", typ, f.g.typeInfo(elem).desc)
	}
	match, other := x.NewBlock("match"), x.NewBlock("differs")
	x.CondBr(ok, match, other, "")
	x.SetBlock(other)
	x.Ret(ir.Bool(false))
	x.SetBlock(match)
	f.nilCheck(p)
	if isInterface {
		f.store(val{c: []ir.Value{typ, data}}, p, elem)
	} else {
		f.store(f.unbox(data, elem), p, elem)
	}
	x.Ret(ir.Bool(true))
}
