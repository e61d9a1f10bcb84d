// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/ir"
)

// Go maps. internal/rt keeps the entries; what depends on the key's type is
// generated here, one function for each key type: hashing, finding an entry,
// and stepping a loop.
//
// An entry is the hash (8 bytes, with the top bit set), the key, the value.

const (
	mapKeyOffset = 8
	mapLiveBit   = -1 << 63
	mapIterSize  = 40 // rt.HMapIterSize
)

// mapLayout is where the value is and how large an entry is.
func (g *gen) mapLayout(m *types.Map) (value, size int64) {
	k, v := g.layout(m.Key()), g.layout(m.Elem())
	value = alignUp(mapKeyOffset+k.size, max(v.align, 1))
	return value, alignUp(value+v.size, 8)
}

func alignUp(n, align int64) int64 { return (n + align - 1) / align * align }

func mapType(v ssa.Value) *types.Map { return v.Type().Underlying().(*types.Map) }

func (f *fn) makeMap(m *ssa.MakeMap) val {
	hint := zero64
	if m.Reserve != nil {
		hint, _ = f.index(m.Reserve)
	}
	_, size := f.g.mapLayout(mapType(m))
	return f.rtCall("HMapMake", one(hint), one(ir.Const(ir.I64, size)))
}

// mapFind hashes a key and looks for its entry, which is null when there is
// none.
//
// Go words the panic for a key that cannot be hashed in one way when it looks
// something up in an empty map, and in another otherwise.
func (f *fn) mapFind(m ir.Value, key ssa.Value, t types.Type, assign bool) (entry, hash, at ir.Value) {
	at = f.spill(f.value(key), t)
	empty := ir.Bool(false)
	if !assign && holdsInterface(t) {
		empty = f.f.ICmp("eq", f.mapLen(m), zero64)
	}
	hash = f.f.Call(f.g.keyFunc("hash", t), "nomerge", at, empty)
	return f.f.Call(f.g.keyFunc("find", t), "nomerge", m, hash, at), hash, at
}

// keyType is the map's key type and checks that the operand has it.
func keyType(m ssa.Value) types.Type { return mapType(m).Key() }

func (f *fn) lookup(l *ssa.Lookup) val {
	m := mapType(l.X)
	t := m.Elem()
	p := f.scalar(l.X)
	assigning := f.assigns(l)
	if assigning {
		f.check(f.f.ICmp("ne", p, ir.Null), abi.PanicNilMap, zero64, zero64)
	}
	e, _, _ := f.mapFind(p, l.Index, keyType(l.X), assigning)
	off, _ := f.g.mapLayout(m)
	lay := f.g.layout(t)
	ok := f.f.ICmp("ne", e, ir.Null)
	found, absent, done := f.f.NewBlock("found"), f.f.NewBlock("absent"), f.f.NewBlock("looked")
	var r val
	if lay.mem {
		r.mem = f.temp(lay.size, lay.align)
	}
	f.f.CondBr(ok, found, absent, "")
	f.f.SetBlock(found)
	var here val
	if lay.mem {
		f.copyBytes(r.mem, f.f.Offset(e, off), lay.size, lay.align)
	} else {
		here = f.load(f.f.Offset(e, off), t, false)
	}
	foundEnd := f.f.Block()
	f.f.Br(done)
	f.f.SetBlock(absent)
	if lay.mem {
		f.zeroMem(r.mem, ir.Const(ir.I64, lay.size), int(lay.align))
	}
	f.f.Br(done)
	f.f.SetBlock(done)
	for i, c := range lay.comps {
		phi := f.f.Phi(c.t)
		phi.AddIncoming(here.c[i], foundEnd)
		phi.AddIncoming(ir.Zero(c.t), absent)
		r.c = append(r.c, phi.Result)
	}
	if l.CommaOk {
		return val{tuple: []val{r, one(ok)}}
	}
	return r
}

// assigns reports whether a lookup is the first half of m[k] op= v or m[k]++,
// which panics as an assignment does. go/ssa gives both halves the position of
// the index expression.
func (f *fn) assigns(l *ssa.Lookup) bool {
	for _, instr := range l.Block().Instrs {
		if u, ok := instr.(*ssa.MapUpdate); ok && u.Pos() == l.Pos() && u.Map == l.X && u.Key == l.Index {
			return true
		}
	}
	return false
}

func (f *fn) mapUpdate(u *ssa.MapUpdate) {
	t := mapType(u.Map)
	m := f.scalar(u.Map)
	f.check(f.f.ICmp("ne", m, ir.Null), abi.PanicNilMap, zero64, zero64)
	v := f.value(u.Value)
	e, hash, at := f.mapFind(m, u.Key, t.Key(), true)
	from := f.f.Block()
	insert, done := f.f.NewBlock("insert"), f.f.NewBlock("assign")
	f.f.CondBr(f.f.ICmp("eq", e, ir.Null), insert, done, "")
	f.f.SetBlock(insert)
	fresh := f.rtCall("HMapInsert", one(m), one(hash)).s()
	k := f.g.layout(t.Key())
	f.copyBytes(f.f.Offset(fresh, mapKeyOffset), at, k.size, k.align)
	insertEnd := f.f.Block()
	f.f.Br(done)
	f.f.SetBlock(done)
	phi := f.f.Phi(ir.Ptr)
	phi.AddIncoming(e, from)
	phi.AddIncoming(fresh, insertEnd)
	off, _ := f.g.mapLayout(t)
	f.store(v, f.f.Offset(phi.Result, off), t.Elem())
}

// mapDelete lowers delete(m, k).
func (f *fn) mapDelete(m, key ssa.Value) {
	p := f.scalar(m)
	e, _, _ := f.mapFind(p, key, keyType(m), false)
	del, done := f.f.NewBlock("delete"), f.f.NewBlock("deleted")
	f.f.CondBr(f.f.ICmp("eq", e, ir.Null), done, del, "")
	f.f.SetBlock(del)
	f.rtCall("HMapDelete", one(p), one(e))
	f.f.Br(done)
	f.f.SetBlock(done)
}

// mapLen lowers len(m).
func (f *fn) mapLen(m ir.Value) ir.Value {
	from := f.f.Block()
	some, done := f.f.NewBlock("maplen"), f.f.NewBlock("len")
	f.f.CondBr(f.f.ICmp("eq", m, ir.Null), done, some, "")
	f.f.SetBlock(some)
	n := f.f.Load(ir.I64, m, 8, ir.Shared)
	f.f.Br(done)
	f.f.SetBlock(done)
	phi := f.f.Phi(ir.I64)
	phi.AddIncoming(zero64, from)
	phi.AddIncoming(n, some)
	return phi.Result
}

// mapRange begins a loop over a map.
func (f *fn) mapRange(r *ssa.Range) val {
	it := f.f.Alloca(ir.Bytes(mapIterSize), 8)
	f.iters[r] = it
	f.rtCall("HMapIterInit", one(it), one(f.scalar(r.X)))
	return one(ir.Null)
}

// mapNext steps it.
func (f *fn) mapNext(n *ssa.Next, r *ssa.Range) val {
	m := mapType(r.X)
	e := f.f.Call(f.g.keyFunc("next", m.Key()), "", f.iters[r])
	ok := f.f.ICmp("ne", e, ir.Null)
	from := f.f.Block()
	some, done := f.f.NewBlock("entry"), f.f.NewBlock("next")
	types := tupleTypes(n.Type().(*types.Tuple))
	off, _ := f.g.mapLayout(m)
	out := val{tuple: []val{one(ok), {}, {}}}
	offs := []int64{0, mapKeyOffset, off}
	for i := 1; i <= 2; i++ {
		if l := f.g.layout(types[i]); l.mem {
			out.tuple[i].mem = f.temp(l.size, l.align)
			f.zeroMem(out.tuple[i].mem, ir.Const(ir.I64, l.size), int(l.align))
		}
	}
	from = f.f.Block()
	f.f.CondBr(ok, some, done, "")
	f.f.SetBlock(some)
	var parts [3]val
	for i := 1; i <= 2; i++ {
		l := f.g.layout(types[i])
		p := f.f.Offset(e, offs[i])
		if l.mem {
			f.copyBytes(out.tuple[i].mem, p, l.size, l.align)
		} else {
			parts[i] = f.load(p, types[i], false)
		}
	}
	someEnd := f.f.Block()
	f.f.Br(done)
	f.f.SetBlock(done)
	for i := 1; i <= 2; i++ {
		for j, c := range f.g.layout(types[i]).comps {
			phi := f.f.Phi(c.t)
			phi.AddIncoming(ir.Zero(c.t), from)
			phi.AddIncoming(parts[i].c[j], someEnd)
			out.tuple[i].c = append(out.tuple[i].c, phi.Result)
		}
	}
	return out
}

// keyFunc returns the function that does one thing with keys of a type:
//
//	hash(key, whether the map is empty) i64, find(map, hash, key) entry, next(iterator) entry
//
// where keys are given by their address.
func (g *gen) keyFunc(what string, t types.Type) *ir.Func {
	funcs, _ := g.keyFuncs.At(t).(map[string]*ir.Func)
	if funcs == nil {
		funcs = map[string]*ir.Func{}
		g.keyFuncs.Set(t, funcs)
	}
	if x := funcs[what]; x != nil {
		return x
	}
	name := "map." + what + "." + types.TypeString(t, func(p *types.Package) string { return p.Name() })
	for base, i := name, 2; g.m.Has(name); i++ {
		name = base + "·" + itoa(i)
	}
	x := &ir.Func{Name: name, Linkage: "internal", Result: ir.Ptr, Attrs: baseAttrs, GC: gcName}
	params := map[string][]ir.Type{"hash": {ir.Ptr, ir.I1}, "find": {ir.Ptr, ir.I64, ir.Ptr}, "next": {ir.Ptr}}[what]
	for _, p := range params {
		x.Params = append(x.Params, ir.Param{Type: p})
	}
	if what == "hash" {
		x.Result = ir.I64
	}
	g.m.AddFunc(x)
	g.synthetic(name)
	funcs[what] = x
	f := g.helper(x)
	switch what {
	case "hash":
		h := f.hash(x.Param(0), t, zero64, x.Param(1))
		x.Ret(x.Bin("or", h, ir.Const(ir.I64, mapLiveBit)))
	case "find":
		f.findBody(t)
	case "next":
		f.nextBody(t)
	}
	return x
}

// findBody compares the key with those of the entries that have its hash.
func (f *fn) findBody(t types.Type) {
	x := f.f
	loop, same, differ, none, found := x.NewBlock("loop"), x.NewBlock("same"), x.NewBlock("differ"), x.NewBlock("none"), x.NewBlock("found")
	start := x.Block()
	x.Br(loop)
	x.SetBlock(loop)
	at := x.Phi(ir.I64)
	at.AddIncoming(ir.Const(ir.I64, -1), start)
	r := f.rtCall("HMapProbe", one(x.Param(0)), one(x.Param(1)), one(at.Result))
	e, next := r.tuple[0].s(), r.tuple[1].s()
	x.CondBr(x.ICmp("eq", e, ir.Null), none, same, "")
	x.SetBlock(same)
	eq := f.equal(f.part(x.Offset(e, mapKeyOffset), 0, t), f.part(x.Param(2), 0, t), t)
	x.CondBr(eq, found, differ, "")
	x.SetBlock(differ)
	at.AddIncoming(next, x.Block())
	x.Br(loop)
	x.SetBlock(none)
	x.Ret(ir.Null)
	x.SetBlock(found)
	x.Ret(e)
}

// nextBody skips entries that are no longer in the map.
func (f *fn) nextBody(t types.Type) {
	x := f.f
	loop, some, look, fresh, none := x.NewBlock("loop"), x.NewBlock("some"), x.NewBlock("look"), x.NewBlock("fresh"), x.NewBlock("none")
	x.Br(loop)
	x.SetBlock(loop)
	r := f.rtCall("HMapIterNext", one(x.Param(0)))
	e := r.tuple[0].s()
	x.CondBr(x.ICmp("eq", e, ir.Null), none, some, "")
	x.SetBlock(some)
	x.CondBr(r.tuple[1].s(), look, fresh, "")
	x.SetBlock(look)
	m := x.Load(ir.Ptr, x.Param(0), 8, ir.Plain)
	now := x.Call(f.g.keyFunc("find", t), "", m, x.Load(ir.I64, e, 8, ir.Plain), x.Offset(e, mapKeyOffset))
	found := x.NewBlock("found")
	x.CondBr(x.ICmp("eq", now, ir.Null), loop, found, "")
	x.SetBlock(found)
	x.Ret(now)
	x.SetBlock(fresh)
	x.Ret(e)
	x.SetBlock(none)
	x.Ret(ir.Null)
}

const maxUnrolledHash = 8

// hash mixes the value of type t at p into h.
func (f *fn) hash(p ir.Value, t types.Type, h, empty ir.Value) ir.Value {
	l := f.g.layout(t)
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			return f.rtCall("HashString", f.load(p, t, true), one(h)).s()
		}
		f.noFloat(t)
		return f.hashWord(p, l, h)
	case *types.Pointer, *types.Chan:
		return f.hashWord(p, l, h)
	case *types.Interface:
		v := f.load(p, t, true)
		return f.f.Call(f.g.ifaceHash(), "nomerge", v.c[0], v.c[1], h, empty)
	case *types.Struct:
		if f.g.plainBytes(t) && l.size > 8 {
			return f.rtCall("HashBytes", one(p), one(ir.Const(ir.I64, l.size)), one(h)).s()
		}
		offs := f.g.fieldOffsets(u)
		for i := range u.NumFields() {
			if u.Field(i).Name() != "_" {
				h = f.hash(f.f.Offset(p, offs[i]), u.Field(i).Type(), h, empty)
			}
		}
		return h
	case *types.Array:
		size := f.g.sizes.Sizeof(u.Elem())
		switch {
		case f.g.plainBytes(t):
			return f.rtCall("HashBytes", one(p), one(ir.Const(ir.I64, l.size)), one(h)).s()
		case u.Len() <= maxUnrolledHash:
			for i := range u.Len() {
				h = f.hash(f.f.Offset(p, i*size), u.Elem(), h, empty)
			}
			return h
		}
		return f.loopHash(p, u, size, h, empty)
	}
	panic(unsupportedError{"map key of type " + t.String()})
}

func (f *fn) hashWord(p ir.Value, l *layout, h ir.Value) ir.Value {
	x := f.f.Load(memType(l.comps[0].t), p, int(l.align), ir.Plain)
	if x.Type == ir.Ptr {
		x = f.f.Cast("ptrtoint", x, ir.I64)
	}
	return f.rtCall("HashWord", one(f.extend(x, false, ir.I64)), one(h)).s()
}

func (f *fn) loopHash(p ir.Value, u *types.Array, size int64, h, empty ir.Value) ir.Value {
	x := f.f
	loop, done := x.NewBlock("hashloop"), x.NewBlock("hashed")
	start := x.Block()
	x.Br(loop)
	x.SetBlock(loop)
	i, acc := x.Phi(ir.I64), x.Phi(ir.I64)
	i.AddIncoming(zero64, start)
	acc.AddIncoming(h, start)
	r := f.hash(x.Elem(p, i.Result, size), u.Elem(), acc.Result, empty)
	n := x.Bin("add", i.Result, ir.Const(ir.I64, 1))
	i.AddIncoming(n, x.Block())
	acc.AddIncoming(r, x.Block())
	x.CondBr(x.ICmp("ult", n, ir.Const(ir.I64, u.Len())), loop, done, "")
	x.SetBlock(done)
	return r
}

// ifaceHash is the function that hashes an interface value; it is written when
// all types are known.
func (g *gen) ifaceHash() *ir.Func {
	const name = "rex.ifacehash"
	if f := g.m.Func(name); f != nil {
		return f
	}
	x := g.m.AddFunc(&ir.Func{Name: name, Linkage: "internal", Result: ir.I64, Attrs: baseAttrs, GC: gcName,
		Params: []ir.Param{{Type: ir.Ptr}, {Type: ir.Ptr}, {Type: ir.I64}, {Type: ir.I1}}})
	g.synthetic(name)
	g.pendIface = append(g.pendIface, func() { g.writeIfaceHash(x) })
	return x
}

func (g *gen) writeIfaceHash(x *ir.Func) {
	f := g.helper(x)
	for _, t := range g.reach.boxList {
		if types.Comparable(t) && holdsInterface(t) {
			f.stackCheck() // hashing an element comes back here
			break
		}
	}
	typ, data, h, empty := x.Param(0), x.Param(1), x.Param(2), x.Param(3)
	none, typed := x.NewBlock("nil"), x.NewBlock("typed")
	x.CondBr(x.ICmp("eq", typ, ir.Null), none, typed, "")
	x.SetBlock(none)
	x.Ret(h)
	x.SetBlock(typed)
	f.switchType(typ, func(ti *typeInfo) {
		switch {
		case !types.Comparable(ti.t):
			ptr, n := g.str("hash of unhashable type: " + typeName(ti.t))
			inEmpty, other := x.NewBlock("empty"), x.NewBlock("filled")
			x.CondBr(empty, inEmpty, other, "")
			x.SetBlock(inEmpty)
			f.panicText(abi.PanicError, ptr, n)
			x.SetBlock(other)
			ptr, n = g.str(typeName(ti.t))
			f.panicText(abi.PanicHash, ptr, n)
		case pointerShaped(ti.t):
			x.Ret(f.rtCall("HashWord", one(x.Cast("ptrtoint", data, ir.I64)), one(h)).s())
		default:
			x.Ret(f.hash(data, ti.t, f.rtCall("HashWord", one(ir.Const(ir.I64, ti.id)), one(h)).s(), empty))
		}
	})
}
