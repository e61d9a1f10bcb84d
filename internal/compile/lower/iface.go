// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"fmt"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/ir"
)

// An interface value is two words: the address of the dynamic type's
// descriptor (nil for a nil interface), and the value itself when it is a
// pointer, the address of a copy that nobody writes to otherwise. The
// descriptor is {id, name, length of name, kind, size}; ids are dense, and every
// operation that depends on the dynamic type is a switch over the ids of the
// types that the program puts into interfaces. Kind and size are for logging.
type typeInfo struct {
	t    types.Type
	id   int64
	desc ir.Value
}

func (g *gen) typeInfo(t types.Type) *typeInfo {
	if ti, ok := g.typs.At(t).(*typeInfo); ok {
		return ti
	}
	ti := &typeInfo{t: t, id: int64(len(g.typList) + 1)}
	name, n := g.str(typeName(t))
	sym := "type:" + types.TypeString(t, func(p *types.Package) string { return p.Name() })
	for base, i := sym, 2; g.m.Has(sym); i++ {
		sym = base + "·" + itoa(i)
	}
	ti.desc = g.m.AddGlobal(&ir.Global{Name: sym, Linkage: "internal", Const: true, Align: 8,
		Type: ir.Struct([]ir.Type{ir.I64, ir.Ptr, ir.I64, ir.I64, ir.I64}),
		Init: fmt.Sprintf("{ i64 %d, %s, %s, i64 %d, i64 %d }", ti.id, name, n, descKind(t), g.layout(t).size)})
	g.typs.Set(t, ti)
	g.typList = append(g.typList, ti)
	return ti
}

// descKind is the reflect.Kind of a type that rt.ValueOf tells apart: basic
// types, pointers, and slices and arrays of bytes. It is 0 for others.
func descKind(t types.Type) int64 {
	kind, elem := reflect.Invalid, types.Type(nil)
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch {
		case u.Kind() == types.String:
			kind = reflect.String
		case u.Kind() >= types.Bool && u.Kind() <= types.Uintptr:
			// The two lists have the same order.
			kind = reflect.Bool + reflect.Kind(u.Kind()-types.Bool)
		}
	case *types.Pointer:
		kind = reflect.Pointer
	case *types.Slice:
		kind, elem = reflect.Slice, u.Elem()
	case *types.Array:
		kind, elem = reflect.Array, u.Elem()
	}
	if elem != nil {
		if b, ok := elem.Underlying().(*types.Basic); !ok || b.Kind() != types.Byte {
			kind = reflect.Invalid
		}
	}
	return int64(kind)
}

// makeInterface lowers the conversion of a concrete value to an interface.
func (f *fn) makeInterface(m *ssa.MakeInterface) val {
	t := m.X.Type()
	ti := f.g.typeInfo(t)
	return val{c: []ir.Value{ti.desc, f.box(m.X, t)}}
}

func (f *fn) box(x ssa.Value, t types.Type) ir.Value {
	v := f.value(x)
	l := f.g.layout(t)
	switch {
	case pointerShaped(t):
		return v.s()
	case l.size == 0:
		return f.g.zeroBase()
	}
	if c, ok := x.(*ssa.Const); ok {
		if p, ok := f.g.constBox(c, l); ok {
			return p
		}
	}
	p := f.arena(ir.Const(ir.I64, l.size), true)
	f.store(v, p, t)
	return p
}

// constBox is the address of a constant in read-only data.
func (g *gen) constBox(c *ssa.Const, l *layout) (ir.Value, bool) {
	if c.Value == nil {
		return g.zeroBytes(l.size), true
	}
	f := &fn{g: g}
	v := f.constant(c)
	t, init := ir.Type(""), ""
	switch len(v.c) {
	case 1:
		t = memType(v.c[0].Type)
		init = v.c[0].Ref
		if n, ok := v.c[0].ConstInt(); ok && v.c[0].Type == ir.I1 {
			init = itoa(int(n))
		}
	case 2:
		t = ir.Struct([]ir.Type{ir.Ptr, ir.I64})
		init = fmt.Sprintf("{ %s, %s }", v.c[0], v.c[1])
	default:
		return ir.Value{}, false
	}
	key := "box:" + string(t) + init
	if p, ok := g.strs[key]; ok {
		return p, true
	}
	p := g.m.AddGlobal(&ir.Global{Name: "box." + itoa(len(g.strs)), Linkage: "private unnamed_addr", Const: true, Type: t, Init: init, Align: int(max(l.align, 1))})
	g.strs[key] = p
	return p, true
}

// unbox returns the value of a concrete type from an interface's data word.
func (f *fn) unbox(data ir.Value, t types.Type) val {
	l := f.g.layout(t)
	switch {
	case pointerShaped(t):
		return one(data)
	case l.size == 0:
		return f.zero(t)
	case l.mem:
		return val{mem: data}
	}
	return f.load(data, t, true)
}

// typeAssert lowers x.(T).
func (f *fn) typeAssert(a *ssa.TypeAssert) val {
	x := f.value(a.X)
	typ, data := x.c[0], x.c[1]
	target, isInterface := a.AssertedType.Underlying().(*types.Interface)
	var ok ir.Value
	switch {
	case isInterface && target.NumMethods() == 0:
		ok = f.f.ICmp("ne", typ, ir.Null)
	case isInterface:
		ok = f.f.Call(f.g.implements(target), "", typ)
	default:
		if f.g.reach.boxed.At(a.AssertedType) == nil {
			// No value of this type is ever put into an interface.
			ok = ir.Bool(false)
		} else {
			ok = f.f.ICmp("eq", typ, f.g.typeInfo(a.AssertedType).desc)
		}
	}
	if !a.CommaOk {
		f.assertOK(ok, typ, a)
		if isInterface {
			return x
		}
		return f.unbox(data, a.AssertedType)
	}
	if isInterface {
		v := val{c: []ir.Value{f.f.Select(ok, typ, ir.Null), f.f.Select(ok, data, ir.Null)}}
		return val{tuple: []val{v, one(ok)}}
	}
	return val{tuple: []val{f.unboxIf(ok, data, a.AssertedType), one(ok)}}
}

// unboxIf is unbox where ok holds and the zero value elsewhere.
func (f *fn) unboxIf(ok, data ir.Value, t types.Type) val {
	l := f.g.layout(t)
	zero := f.zero(t)
	switch {
	case l.size == 0:
		return zero
	case l.mem:
		return val{mem: f.f.Select(ok, data, zero.mem)}
	case pointerShaped(t):
		return one(f.f.Select(ok, data, ir.Null))
	}
	// The zero bytes are read when the type differs.
	return f.load(f.f.Select(ok, data, f.g.zeroBytes(l.size)), t, true)
}

// assertOK panics with Go's message when a type assertion fails.
func (f *fn) assertOK(ok, typ ir.Value, a *ssa.TypeAssert) {
	fail, cont := f.f.NewBlock("assert"), f.f.NewBlock("ok")
	f.f.CondBr(ok, cont, fail, f.g.likely)
	f.f.SetBlock(fail)
	if refs := a.Referrers(); len(*refs) == 0 && types.Identical(a.X.Type(), a.AssertedType) {
		// The nil check of a method value x.M.
		f.panicCode(abi.PanicNil, zero64, zero64)
		f.f.SetBlock(cont)
		return
	}
	static, n := f.g.str(typeName(a.X.Type()))
	if isIface(a.AssertedType) {
		static, n = f.g.str("interface")
	}
	want, wn := f.g.str(typeName(a.AssertedType))
	missing, mn := f.g.str("")
	if i, isI := a.AssertedType.Underlying().(*types.Interface); isI && i.NumMethods() > 0 {
		missing, mn = f.g.str(i.Method(0).Name())
		if i.NumMethods() > 1 {
			missing, mn = f.missingMethod(i, typ)
		}
	}
	msg := f.rtCall("AssertMessage", one(typ),
		val{c: []ir.Value{static, n}}, val{c: []ir.Value{want, wn}}, val{c: []ir.Value{missing, mn}})
	f.panicText(abi.PanicTypeAssert, msg.c[0], msg.c[1])
	f.f.SetBlock(cont)
}

// missingMethod is the name of the first method, in alphabetical order, that
// the dynamic type lacks.
func (f *fn) missingMethod(i *types.Interface, typ ir.Value) (ir.Value, ir.Value) {
	r := f.f.Call(f.g.missing(i), "nomerge", typ)
	return f.f.Extract(r, 0), f.f.Extract(r, 1)
}

func (g *gen) missing(i *types.Interface) *ir.Func {
	name := "rex.missing." + itoa(g.reach.ifaceID(i))
	if x := g.m.Func(name); x != nil {
		return x
	}
	x := g.m.AddFunc(&ir.Func{Name: name, Linkage: "internal", Result: ir.Struct([]ir.Type{ir.Ptr, ir.I64}), Attrs: baseAttrs + " cold", GC: gcName,
		Params: []ir.Param{{Type: ir.Ptr}}})
	g.synthetic(name)
	g.pendIface = append(g.pendIface, func() {
		f := g.helper(x)
		null, some := x.NewBlock("nil"), x.NewBlock("some")
		x.CondBr(x.ICmp("eq", x.Param(0), ir.Null), null, some, "")
		x.SetBlock(null)
		x.Ret(x.Aggregate(x.Result, []ir.Value{ir.Null, zero64}))
		x.SetBlock(some)
		f.switchType(x.Param(0), func(ti *typeInfo) {
			p, n := ir.Null, zero64
			if m, _ := types.MissingMethod(ti.t, i, true); m != nil {
				p, n = g.str(m.Name())
			}
			x.Ret(x.Aggregate(x.Result, []ir.Value{p, n}))
		})
	})
	return x
}

// implements is the function that tells whether a dynamic type, possibly nil,
// implements an interface.
func (g *gen) implements(i *types.Interface) *ir.Func {
	name := "rex.implements." + itoa(g.reach.ifaceID(i))
	if x := g.m.Func(name); x != nil {
		return x
	}
	x := g.m.AddFunc(&ir.Func{Name: name, Linkage: "internal", Result: ir.I1, Attrs: baseAttrs, GC: gcName,
		Params: []ir.Param{{Type: ir.Ptr}}})
	g.synthetic(name)
	g.pendIface = append(g.pendIface, func() {
		f := g.helper(x)
		no, some := x.NewBlock("nil"), x.NewBlock("some")
		x.CondBr(x.ICmp("eq", x.Param(0), ir.Null), no, some, "")
		x.SetBlock(no)
		x.Ret(ir.Bool(false))
		x.SetBlock(some)
		f.switchType(x.Param(0), func(ti *typeInfo) {
			x.Ret(ir.Bool(types.Implements(ti.t, i)))
		})
	})
	return x
}

// invoke calls an interface method.
func (f *fn) invoke(iface *types.Interface, m *types.Func, recv val, args []val) val {
	x, sig := f.g.invoker(iface, m)
	results := m.Type().(*types.Signature).Results()
	list, finish := f.callArgs(sig, recv.c[0], append([]val{one(recv.c[1])}, args...), results)
	return finish(f.f.Call(x, "nomerge", list...))
}

// invoker is the function that dispatches one interface method. Its first
// parameter (the context's place) is the dynamic type, then come the places
// for results, the data word and the arguments.
func (g *gen) invoker(iface *types.Interface, m *types.Func) (*ir.Func, signature) {
	ms := m.Type().(*types.Signature)
	params := append([]types.Type{types.Typ[types.UnsafePointer]}, tupleTypes(ms.Params())...)
	sig := g.signature(params, ms.Results(), true)
	key := invokeKey{g.reach.ifaceID(iface), m.Id()}
	if x, ok := g.invokes[key]; ok {
		return x, sig
	}
	base := "interface." + m.Name()
	name := base
	for i := 2; g.m.Has(name); i++ {
		name = base + "·" + itoa(i)
	}
	x := sig.newFunc(name)
	g.m.AddFunc(x)
	g.synthetic(name)
	g.invokes[key] = x
	g.pendIface = append(g.pendIface, func() { g.writeInvoker(x, sig, iface, m) })
	return x, sig
}

func (g *gen) writeInvoker(x *ir.Func, sig signature, iface *types.Interface, m *types.Func) {
	f := g.helper(x)
	for _, t := range g.reach.boxList {
		if m := g.implementation(t, iface, m); m != nil && g.p.Guard[m] {
			// When that method is inlined here, the way round the cycle
			// leads through this function, past methods without a check.
			f.stackCheck()
			break
		}
	}
	typ := x.Param(0)
	f.nilCheck(typ)
	outs := len(sig.outs)
	data := x.Param(1 + outs)
	f.switchTypes(typ, func(ti *typeInfo) bool { return g.implementation(ti.t, iface, m) != nil }, func(ti *typeInfo) {
		callee := g.ref(g.implementation(ti.t, iface, m))
		recv := f.unbox(data, ti.t)
		var args []ir.Value
		for i := range outs {
			args = append(args, x.Param(1+i))
		}
		if recv.mem.Ref != "" {
			args = append(args, recv.mem)
		}
		args = append(args, recv.c...)
		for i := 2 + outs; i < len(sig.params); i++ {
			args = append(args, x.Param(i))
		}
		x.Ret(x.Call(callee, "", args...))
	})
}

// switchType branches on a dynamic type that is not nil, over all types that
// the program puts into interfaces.
func (f *fn) switchType(typ ir.Value, each func(*typeInfo)) {
	f.switchTypes(typ, func(*typeInfo) bool { return true }, each)
}

func (f *fn) switchTypes(typ ir.Value, include func(*typeInfo) bool, each func(*typeInfo)) {
	x := f.f
	id := x.Load(ir.I64, typ, 8, ir.Plain)
	other := x.NewBlock("other")
	var cases []ir.Case
	var list []*typeInfo
	for _, t := range f.g.reach.boxList {
		ti := f.g.typeInfo(t)
		if include(ti) {
			cases = append(cases, ir.Case{Value: ti.id, To: x.NewBlock("t" + itoa(int(ti.id)))})
			list = append(list, ti)
		}
	}
	x.Switch(id, other, cases)
	x.SetBlock(other)
	f.panicCode(abi.PanicUnreachable, zero64, zero64)
	for i, ti := range list {
		x.SetBlock(cases[i].To)
		each(ti)
	}
}

// finishIfaces writes the functions that switch over all types. Their bodies
// may refer to functions that are lowered then, and so on.
func (g *gen) finishIfaces() {
	for {
		if x := g.m.Func("rex.ifaceequal"); x != nil && len(x.Blocks) == 0 {
			g.writeIfaceEqual(x)
		}
		pend := g.pendIface
		g.pendIface = nil
		for _, write := range pend {
			write()
		}
		for len(g.queue) > 0 {
			f := g.queue[0]
			g.queue = g.queue[1:]
			g.lowerFunc(f, g.funcs[f], false)
		}
		if x := g.m.Func("rex.ifaceequal"); len(g.pendIface) == 0 && (x == nil || len(x.Blocks) > 0) {
			return
		}
	}
}
