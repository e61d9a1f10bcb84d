// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/ir"
)

// call lowers a call instruction.
func (f *fn) call(c *ssa.Call) val {
	if b, ok := c.Call.Value.(*ssa.Builtin); ok {
		return f.builtin(c, b)
	}
	args := make([]val, len(c.Call.Args))
	if callee := c.Call.StaticCallee(); callee != nil {
		if h, ok := f.g.special(callee); ok {
			return h(f, c, callee)
		}
		if f.g.isPackageInit(callee) && !f.g.initPkgs[callee] {
			return val{}
		}
	}
	for i, a := range c.Call.Args {
		args[i] = f.value(a)
	}
	if callee := c.Call.StaticCallee(); callee != nil && divides[callee.String()] {
		f.checkDiv(args[0].s(), args[2].s())
	}
	return f.callCommon(&c.Call, func() val { return f.value(c.Call.Value) }, args)
}

// callCommon emits the call of a static, dynamic or interface callee. target
// gives the function or interface value when the callee is not static.
func (f *fn) callCommon(c *ssa.CallCommon, target func() val, args []val) val {
	results := c.Signature().Results()
	if c.IsInvoke() {
		iface := c.Value.Type().Underlying().(*types.Interface)
		return f.invoke(iface, c.Method, target(), args)
	}
	if callee := c.StaticCallee(); callee != nil {
		return f.callStatic(callee, target, args)
	}
	// A function value is the address of an object that begins with the
	// code's address; the object itself is handed over as the context.
	obj := target().s()
	if !nonNil(c.Value) {
		f.check(f.f.ICmp("ne", obj, ir.Null), abi.PanicNilFunc, zero64, zero64)
	}
	sig := f.g.signature(tupleTypes(c.Signature().Params()), results, true)
	code := f.f.Load(ir.Ptr, obj, 8, ir.Plain)
	list, finish := f.callArgs(sig, obj, args, results)
	return finish(f.f.CallPtr(sig.result, code, "nomerge", list...))
}

// callStatic calls a known function; target is evaluated for the context of a
// closure only.
func (f *fn) callStatic(callee *ssa.Function, target func() val, args []val) val {
	results := callee.Signature.Results()
	if callee.Blocks == nil {
		if a, ok := abi.FuncByGo(callee.String()); ok {
			return f.callABI(a, callee, args)
		}
		to := f.g.replacement(callee)
		if to == nil {
			panic(unsupportedError{"call of " + callee.String() + ", which has no Go body"})
		}
		callee = to
	}
	sig := f.g.signature(paramTypes(callee), results, len(callee.FreeVars) > 0)
	var ctx ir.Value
	if sig.ctx {
		ctx = target().s()
	}
	list, finish := f.callArgs(sig, ctx, args, results)
	return finish(f.f.Call(f.g.ref(callee), "nomerge", list...))
}

// callArgs lays out a call: what is passed, and how the results are taken out
// of what comes back.
func (f *fn) callArgs(sig signature, ctx ir.Value, args []val, results *types.Tuple) ([]ir.Value, func(ir.Value) val) {
	var list []ir.Value
	if sig.ctx {
		list = append(list, ctx)
	}
	outs := map[int]ir.Value{}
	for _, i := range sig.outs {
		l := f.g.layout(results.At(i).Type())
		outs[i] = f.temp(l.size, l.align)
		list = append(list, outs[i])
	}
	for _, a := range args {
		if a.mem.Ref != "" {
			list = append(list, a.mem)
		}
		list = append(list, a.c...)
	}
	return list, func(r ir.Value) val {
		next := 0
		take := func() ir.Value {
			next++
			if len(sig.flat) == 1 {
				return r
			}
			return f.f.Extract(r, next-1)
		}
		parts := make([]val, results.Len())
		for i := range parts {
			if p, ok := outs[i]; ok {
				parts[i] = val{mem: p}
				continue
			}
			for range f.g.layout(results.At(i).Type()).comps {
				parts[i].c = append(parts[i].c, take())
			}
		}
		if len(parts) == 1 {
			return parts[0]
		}
		return val{tuple: parts}
	}
}

// callABI calls a function of rex.ko or the kernel. Integers are widened or
// narrowed to the C types.
func (f *fn) callABI(a abi.Func, callee *ssa.Function, args []val) val {
	var list []ir.Value
	for i, arg := range args {
		for _, x := range arg.c {
			n := len(list)
			if n >= len(a.Params) {
				panic(unsupportedError{"parameters of " + callee.String() + " do not match " + a.Symbol})
			}
			want := ir.Type(a.Params[n])
			switch {
			case x.Type == want:
			case x.Type.IsInt() && want.IsInt():
				x = f.extend(x, isSigned(callee.Signature.Params().At(i).Type()), want)
			default:
				panic(unsupportedError{"parameters of " + callee.String() + " do not match " + a.Symbol})
			}
			list = append(list, x)
		}
	}
	r := f.f.Call(f.g.m.Func(a.Symbol), "nomerge", list...)
	res := callee.Signature.Results()
	if res.Len() == 0 {
		return val{}
	}
	l := f.g.layout(res.At(0).Type())
	if len(l.comps) != 1 {
		panic(unsupportedError{"result of " + callee.String()})
	}
	want := l.comps[0].t
	if want == ir.I1 {
		return one(f.f.ICmp("ne", r, zeroOf(r)))
	}
	if r.Type != want {
		r = f.extend(r, isSigned(res.At(0).Type()), want)
	}
	return one(r)
}

// rtCall calls a function of internal/rt by name.
func (f *fn) rtCall(name string, args ...val) val {
	callee := f.g.rtFunc(name)
	if callee == nil {
		panic(unsupportedError{"run-time function " + name + " (package internal/rt is not part of the program)"})
	}
	return f.callStatic(callee, nil, args)
}

const rtPath = "github.com/rex-go/rex/internal/rt"

func (g *gen) rtFunc(name string) *ssa.Function {
	if f, ok := g.rtFuncs[name]; ok {
		return f
	}
	var f *ssa.Function
	if p := g.prog.ImportedPackage(rtPath); p != nil {
		f = p.Func(name)
		if f != nil && f.Blocks == nil {
			p.Build()
		}
		if f != nil && f.Blocks == nil {
			f = nil
		}
	}
	g.rtFuncs[name] = f
	return f
}

// builtin lowers calls of built-in functions.
func (f *fn) builtin(c *ssa.Call, b *ssa.Builtin) val {
	args := c.Call.Args
	switch b.Name() {
	case "len":
		return one(f.length(args[0], false))
	case "cap":
		return one(f.length(args[0], true))
	case "append":
		return f.appendTo(c)
	case "copy":
		return f.copyTo(c)
	case "min", "max":
		return f.minMax(c, b.Name() == "min")
	case "clear":
		return f.clear(args[0])
	case "panic":
		f.panicValue(args[0])
		f.f.SetBlock(f.f.NewBlock("dead"))
		return val{}
	case "recover":
		// Only trusted code has it; deferred calls never see a panic.
		return val{c: []ir.Value{ir.Null, ir.Null}}
	case "ssa:wrapnilchk":
		p := f.value(args[0])
		f.nilCheck(p.s())
		return p
	case "ssa:deferstack":
		return one(f.deferStack())
	case "Add":
		return one(f.f.Move(f.scalar(args[0]), f.extend(f.scalar(args[1]), isSigned(args[1].Type()), ir.I64)))
	case "String":
		n, _ := f.index(args[1])
		return val{c: []ir.Value{f.scalar(args[0]), n}}
	case "Sizeof":
		return one(ir.Const(ir.I64, f.g.sizes.Sizeof(args[0].Type())))
	case "Alignof":
		return one(ir.Const(ir.I64, f.g.sizes.Alignof(args[0].Type())))
	case "StringData", "SliceData":
		return one(f.value(args[0]).c[0])
	case "Slice":
		n, _ := f.index(args[1])
		return val{c: []ir.Value{f.scalar(args[0]), n, n}}
	case "print", "println":
		f.print(args, b.Name() == "println")
		return val{}
	case "delete":
		f.mapDelete(args[0], args[1])
		return val{}
	}
	panic(unsupportedError{"builtin " + b.Name()})
}

func (f *fn) length(v ssa.Value, capacity bool) ir.Value {
	switch t := v.Type().Underlying().(type) {
	case *types.Array:
		return ir.Const(ir.I64, t.Len())
	case *types.Pointer:
		return ir.Const(ir.I64, t.Elem().Underlying().(*types.Array).Len())
	case *types.Slice:
		if capacity {
			return f.value(v).c[2]
		}
		return f.value(v).c[1]
	case *types.Basic:
		return f.value(v).c[1]
	case *types.Map:
		return f.mapLen(f.scalar(v))
	}
	panic(unsupportedError{"length of " + v.Type().String()})
}

func (f *fn) minMax(c *ssa.Call, least bool) val {
	t := c.Type()
	f.noFloat(t)
	r := f.value(c.Call.Args[0])
	for _, a := range c.Call.Args[1:] {
		x := f.value(a)
		var less ir.Value
		switch {
		case isString(t):
			o := f.rtCall("CompareString", x, r).s()
			less = f.f.ICmp(map[bool]string{true: "slt", false: "sgt"}[least], o, zeroOf(o))
		default:
			pred := map[bool]string{true: "lt", false: "gt"}[least]
			sign := "u"
			if isSigned(t) {
				sign = "s"
			}
			less = f.f.ICmp(sign+pred, x.s(), r.s())
		}
		next := val{}
		for i := range r.c {
			next.c = append(next.c, f.f.Select(less, x.c[i], r.c[i]))
		}
		r = next
	}
	return r
}

func (f *fn) clear(v ssa.Value) val {
	s, ok := v.Type().Underlying().(*types.Slice)
	if !ok {
		f.rtCall("HMapClear", f.value(v))
		return val{}
	}
	x := f.value(v)
	f.zeroMem(x.c[0], f.mul(x.c[1], f.g.sizes.Sizeof(s.Elem())), 1)
	return val{}
}
