// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/ir"
)

func isNil(v ssa.Value) bool {
	c, ok := v.(*ssa.Const)
	return ok && c.IsNil()
}

func isIface(t types.Type) bool {
	_, ok := t.Underlying().(*types.Interface)
	return ok
}

// equalOperands lowers x == y.
func (f *fn) equalOperands(b *ssa.BinOp) ir.Value {
	x, y := b.X, b.Y
	if isNil(x) {
		x, y = y, x
	}
	if isNil(y) && !isString(x.Type()) {
		// The first word of every type with a nil tells.
		return f.f.ICmp("eq", f.value(x).c[0], ir.Null)
	}
	// A concrete value compared with an interface is boxed by go/ssa.
	return f.equal(f.value(x), f.value(y), x.Type())
}

// equal lowers the comparison of two values of type t.
func (f *fn) equal(x, y val, t types.Type) ir.Value {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			return f.equalString(x, y)
		}
		f.noFloat(t)
		return f.f.ICmp("eq", x.s(), y.s())
	case *types.Pointer, *types.Chan:
		return f.f.ICmp("eq", x.s(), y.s())
	case *types.Interface:
		r := f.f.Call(f.g.ifaceEqual(), "nomerge", x.c[0], x.c[1], y.c[0], y.c[1])
		return r
	case *types.Struct:
		return f.equalStruct(x, y, t, u)
	case *types.Array:
		return f.equalArray(x, y, t, u)
	}
	panic(unsupportedError{"comparison of " + t.String()})
}

func (f *fn) equalStruct(x, y val, t types.Type, u *types.Struct) ir.Value {
	if l := f.g.layout(t); l.mem && f.g.plainBytes(t) {
		return f.equalBytes(x.mem, y.mem, l.size)
	}
	return f.allOf(func(next func(ir.Value)) {
		for i := range u.NumFields() {
			if u.Field(i).Name() == "_" {
				continue
			}
			ft := u.Field(i).Type()
			next(f.equal(f.field(x, t, i), f.field(y, t, i), ft))
		}
	})
}

// allOf evaluates conditions in turn until one is false, as == on structs and
// arrays does: a comparison that would panic is not reached after a difference.
func (f *fn) allOf(each func(next func(ir.Value))) ir.Value {
	done := f.f.NewBlock("eq")
	type edge struct {
		from *ir.Block
	}
	var falses []edge
	each(func(ok ir.Value) {
		cont := f.f.NewBlock("same")
		falses = append(falses, edge{f.f.Block()})
		f.f.CondBr(ok, cont, done, "")
		f.f.SetBlock(cont)
	})
	last := f.f.Block()
	f.f.Br(done)
	f.f.SetBlock(done)
	phi := f.f.Phi(ir.I1)
	for _, e := range falses {
		phi.AddIncoming(ir.Bool(false), e.from)
	}
	phi.AddIncoming(boolTrue, last)
	return phi.Result
}

const maxUnrolledEqual = 8

func (f *fn) equalArray(x, y val, t types.Type, u *types.Array) ir.Value {
	l := f.g.layout(t)
	if !l.mem {
		if u.Len() == 0 || len(x.c) == 0 {
			return boolTrue
		}
		return f.equal(x, y, u.Elem())
	}
	if f.g.plainBytes(t) {
		return f.equalBytes(x.mem, y.mem, l.size)
	}
	size := f.g.sizes.Sizeof(u.Elem())
	if u.Len() <= maxUnrolledEqual {
		return f.allOf(func(next func(ir.Value)) {
			for i := range u.Len() {
				next(f.equal(f.part(x.mem, i*size, u.Elem()), f.part(y.mem, i*size, u.Elem()), u.Elem()))
			}
		})
	}
	return f.loopEqual(x.mem, y.mem, size, u)
}

// loopEqual compares the elements of long arrays in a loop.
func (f *fn) loopEqual(x, y ir.Value, size int64, u *types.Array) ir.Value {
	head, body, next, done := f.f.NewBlock("eqloop"), f.f.NewBlock("eqbody"), f.f.NewBlock("eqnext"), f.f.NewBlock("eqdone")
	start := f.f.Block()
	f.f.Br(head)
	f.f.SetBlock(head)
	i := f.f.Phi(ir.I64)
	i.AddIncoming(zero64, start)
	f.f.CondBr(f.f.ICmp("ult", i.Result, ir.Const(ir.I64, u.Len())), body, done, "")
	f.f.SetBlock(body)
	same := f.equal(f.part(f.f.Elem(x, i.Result, size), 0, u.Elem()), f.part(f.f.Elem(y, i.Result, size), 0, u.Elem()), u.Elem())
	from := f.f.Block()
	f.f.CondBr(same, next, done, "")
	f.f.SetBlock(next)
	i.AddIncoming(f.f.Bin("add", i.Result, ir.Const(ir.I64, 1)), next)
	f.f.Br(head)
	f.f.SetBlock(done)
	phi := f.f.Phi(ir.I1)
	phi.AddIncoming(boolTrue, head)
	phi.AddIncoming(ir.Bool(false), from)
	return phi.Result
}

// plainBytes reports whether values of t are equal exactly when their bytes
// are: integers without padding.
func (g *gen) plainBytes(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsInteger != 0
	case *types.Array:
		return g.plainBytes(u.Elem())
	case *types.Struct:
		end := int64(0)
		offs := g.fieldOffsets(u)
		for i := range u.NumFields() {
			if u.Field(i).Name() == "_" || offs[i] != end || !g.plainBytes(u.Field(i).Type()) {
				return false
			}
			end = offs[i] + g.sizes.Sizeof(u.Field(i).Type())
		}
		return end == g.sizes.Sizeof(t)
	}
	return false
}

const maxInlineEqual = 64

// equalBytes compares size bytes.
func (f *fn) equalBytes(x, y ir.Value, size int64) ir.Value {
	if size > maxInlineEqual {
		r := f.f.Call(f.g.m.Func("memcmp"), "", x, y, ir.Const(ir.I64, size))
		return f.f.ICmp("eq", r, zeroOf(r))
	}
	var diff ir.Value
	for off := int64(0); off < size; {
		n := int64(8)
		for n > size-off {
			n /= 2
		}
		t := ir.Int(int(n) * 8)
		d := f.f.Bin("xor", f.f.Load(t, f.f.Offset(x, off), 1, ir.Plain), f.f.Load(t, f.f.Offset(y, off), 1, ir.Plain))
		d = f.extend(d, false, ir.I64)
		if off == 0 {
			diff = d
		} else {
			diff = f.f.Bin("or", diff, d)
		}
		off += n
	}
	return f.f.ICmp("eq", diff, zero64)
}

// equalString compares lengths first.
func (f *fn) equalString(x, y val) ir.Value {
	sameLen := f.f.ICmp("eq", x.c[1], y.c[1])
	if n, ok := y.c[1].ConstInt(); ok && n == 0 {
		return sameLen
	}
	if n, ok := x.c[1].ConstInt(); ok && n == 0 {
		return sameLen
	}
	from := f.f.Block()
	bytes, done := f.f.NewBlock("streq"), f.f.NewBlock("strdone")
	f.f.CondBr(sameLen, bytes, done, "")
	f.f.SetBlock(bytes)
	var eq ir.Value
	if n, ok := y.c[1].ConstInt(); ok {
		eq = f.equalBytes(x.c[0], y.c[0], n)
	} else if n, ok := x.c[1].ConstInt(); ok {
		eq = f.equalBytes(x.c[0], y.c[0], n)
	} else {
		r := f.f.Call(f.g.m.Func("memcmp"), "", x.c[0], y.c[0], x.c[1])
		eq = f.f.ICmp("eq", r, zeroOf(r))
	}
	f.f.Br(done)
	f.f.SetBlock(done)
	phi := f.f.Phi(ir.I1)
	phi.AddIncoming(ir.Bool(false), from)
	phi.AddIncoming(eq, bytes)
	return phi.Result
}

// ifaceEqual is the function that compares two interface values; it is written
// when all types are known.
func (g *gen) ifaceEqual() *ir.Func {
	const name = "rex.ifaceequal"
	if f := g.m.Func(name); f != nil {
		return f
	}
	f := g.m.AddFunc(&ir.Func{Name: name, Linkage: "internal", Result: ir.I1, Attrs: baseAttrs, GC: gcName,
		Params: []ir.Param{{Type: ir.Ptr}, {Type: ir.Ptr}, {Type: ir.Ptr}, {Type: ir.Ptr}}})
	g.synthetic(name)
	return f
}

// writeIfaceEqual gives rex.ifaceequal its body: types first, then the values
// by their type. Comparing values of a type without == panics.
func (g *gen) writeIfaceEqual(x *ir.Func) {
	f := g.helper(x)
	for _, t := range g.reach.boxList {
		if types.Comparable(t) && holdsInterface(t) {
			f.stackCheck() // the comparison of an element comes back here
			break
		}
	}
	xt, xd, yt, yd := x.Param(0), x.Param(1), x.Param(2), x.Param(3)
	sameType, differ, yes := x.NewBlock("type"), x.NewBlock("differ"), x.NewBlock("yes")
	x.CondBr(x.ICmp("eq", xt, yt), sameType, differ, "")
	x.SetBlock(differ)
	x.Ret(ir.Bool(false))
	x.SetBlock(yes)
	x.Ret(boolTrue)
	x.SetBlock(sameType)
	typed := x.NewBlock("typed")
	x.CondBr(x.ICmp("eq", xt, ir.Null), yes, typed, "")
	x.SetBlock(typed)
	f.switchType(xt, func(ti *typeInfo) {
		if !types.Comparable(ti.t) {
			ptr, n := g.str(typeName(ti.t))
			f.panicText(abi.PanicCompare, ptr, n)
			return
		}
		x.Ret(f.equal(f.unbox(xd, ti.t), f.unbox(yd, ti.t), ti.t))
	})
}

// holdsInterface reports whether comparing values of t compares interfaces.
func holdsInterface(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Interface:
		return true
	case *types.Array:
		return holdsInterface(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if holdsInterface(f.Type()) {
				return true
			}
		}
	}
	return false
}
