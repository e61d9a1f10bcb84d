// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"fmt"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/compile/ir"
)

// val is a Go value: its scalars, or the address of its bytes when its layout
// is in memory, or the parts of a tuple.
type val struct {
	c     []ir.Value
	mem   ir.Value
	tuple []val
}

func one(v ir.Value) val { return val{c: []ir.Value{v}} }

// s returns the only scalar of a value.
func (v val) s() ir.Value {
	if len(v.c) != 1 {
		panic(fmt.Sprintf("value of %d scalars used as one", len(v.c)))
	}
	return v.c[0]
}

// value returns the lowered form of an SSA operand.
func (f *fn) value(v ssa.Value) val {
	if x, ok := f.vals[v]; ok {
		return x
	}
	switch v := v.(type) {
	case *ssa.Const:
		return f.constant(v)
	case *ssa.Function:
		return one(f.g.funcValue(f, v))
	case *ssa.Global:
		return one(f.g.global(v))
	case *ssa.Builtin:
		panic(unsupportedError{"builtin " + v.Name() + " as a value"})
	}
	panic(fmt.Sprintf("value %s = %s is used before it is lowered", v.Name(), v))
}

// scalar returns an operand that is one scalar.
func (f *fn) scalar(v ssa.Value) ir.Value { return f.value(v).s() }

// zero is the zero value of a type.
func (f *fn) zero(t types.Type) val {
	l := f.g.layout(t)
	if l.mem {
		return val{mem: f.g.zeroBytes(l.size)}
	}
	v := val{}
	for _, c := range l.comps {
		v.c = append(v.c, ir.Zero(c.t))
	}
	return v
}

// zeroBytes is the address of at least n constant zero bytes.
func (g *gen) zeroBytes(n int64) ir.Value {
	if g.zero == nil {
		g.zero = &ir.Global{Name: "rex.zero", Linkage: "internal", Const: true, Init: "zeroinitializer", Align: 16}
		g.m.AddGlobal(g.zero)
	}
	g.zeroMax = max(g.zeroMax, n)
	g.zero.Type = ir.Bytes(g.zeroMax)
	return g.zero.Addr()
}

func (g *gen) finishZero() {}

// temp returns fresh bytes for a value that is kept in memory. The bytes stay
// what they are until the instruction that asked for them runs again.
func (f *fn) temp(size, align int64) ir.Value {
	if p, ok := f.stack(size, align); ok {
		return p
	}
	n := ir.Const(ir.I64, size)
	if f.prologue == nil || f.blk == nil || !inCycle(f.blk) {
		return f.arena(n, false)
	}
	// One place for all iterations, taken when the function is entered.
	at, loc := f.f.Block(), f.f.Loc()
	f.f.SetBlock(f.prologue)
	p := f.arena(n, false)
	f.f.SetBlock(at)
	f.f.SetLoc(loc)
	return p
}

// Limits for objects in the frame: larger ones come from the arena, since one
// frame has at most abi.MaxFrame bytes. A function that needs much is not
// inlined, so that the frames of several do not add up to one.
const (
	maxStackObject = 1024
	maxStackTotal  = 2048
	maxInlineStack = 512
)

// stack returns bytes in the function's frame, if there is room.
func (f *fn) stack(size, align int64) (ir.Value, bool) {
	if size > maxStackObject || f.frame+size > maxStackTotal {
		return ir.Value{}, false
	}
	f.frame += size
	return f.f.Alloca(ir.Bytes(max(size, 1)), int(max(align, 1))), true
}

// store writes a value of type t to p.
func (f *fn) store(v val, p ir.Value, t types.Type) {
	l := f.g.layout(t)
	if l.mem {
		f.copyBytes(p, v.mem, l.size, l.align)
		return
	}
	if len(v.c) != len(l.comps) {
		panic(fmt.Sprintf("store of %d scalars as %s", len(v.c), t))
	}
	for i, c := range l.comps {
		x := v.c[i]
		if c.t == ir.I1 {
			x = f.f.Cast("zext", x, ir.I8)
		}
		f.f.Store(x, f.f.Offset(p, c.off), alignAt(l.align, c.off))
	}
}

// alignAt is the alignment at an offset from an aligned address.
func alignAt(align, off int64) int {
	for align > 1 && off%align != 0 {
		align /= 2
	}
	return int(max(align, 1))
}

// load reads a value of type t from p. Memory that others may change is read
// exactly once.
func (f *fn) load(p ir.Value, t types.Type, private bool) val {
	l := f.g.layout(t)
	if l.mem {
		tmp := f.temp(l.size, l.align)
		if private {
			f.copyBytes(tmp, p, l.size, l.align)
		} else {
			f.copyShared(tmp, p, l.size, l.align)
		}
		return val{mem: tmp}
	}
	v := val{}
	for _, c := range l.comps {
		x := f.loadScalar(f.f.Offset(p, c.off), c.t, private)
		if c.most != 0 {
			f.f.Annotate("!range " + f.g.m.Meta("!{i64 0, i64 "+bound(c.most)+"}"))
		}
		v.c = append(v.c, x)
	}
	return v
}

func (f *fn) loadScalar(p ir.Value, t ir.Type, private bool) ir.Value {
	how := ir.Shared
	if private {
		how = ir.Plain
	}
	m := memType(t)
	x := f.f.Load(m, p, m.Size(), how)
	if t == ir.I1 {
		x = f.f.ICmp("ne", x, ir.Const(ir.I8, 0))
	}
	return x
}

// copyBytes copies bytes that nobody changes meanwhile, between objects that
// are the same or do not overlap.
func (f *fn) copyBytes(dst, src ir.Value, size, align int64) {
	if size == 0 || dst == src {
		return
	}
	f.f.Call(f.g.intrinsic("llvm.memmove.p0.p0.i64", ir.Void, ir.Ptr, ir.Ptr, ir.I64, ir.I1), "",
		dst, src, ir.Const(ir.I64, size), ir.Bool(false))
}

// copyShared copies size bytes of memory that others may change to a private
// place, each byte once: with loads that LLVM may not repeat.
func (f *fn) copyShared(dst, src ir.Value, size, align int64) {
	if size > 128 {
		f.f.Call(f.g.intrinsic("llvm.memcpy.p0.p0.i64", ir.Void, ir.Ptr, ir.Ptr, ir.I64, ir.I1), "",
			dst, src, ir.Const(ir.I64, size), ir.Bool(true))
		return
	}
	for off := int64(0); off < size; {
		n := int64(8)
		for n > size-off {
			n /= 2
		}
		how := ir.Volatile
		if a := alignAt(align, off); int64(a) >= n {
			how = ir.Shared
		}
		t := ir.Int(int(n) * 8)
		x := f.f.Load(t, f.f.Offset(src, off), alignAt(min(align, n), off), how)
		f.f.Store(x, f.f.Offset(dst, off), alignAt(align, off))
		off += n
	}
}

// zeroMem writes zeros.
func (f *fn) zeroMem(p, size ir.Value, align int) {
	if n, ok := size.ConstInt(); ok && n == 0 {
		return
	}
	f.f.Call(f.g.intrinsic("llvm.memset.p0.i64", ir.Void, ir.Ptr, ir.I8, ir.I64, ir.I1), "",
		p, ir.Const(ir.I8, 0), size, ir.Bool(false))
}

// spill returns the address of bytes that hold the value: its own when it is
// in memory already.
func (f *fn) spill(v val, t types.Type) ir.Value {
	l := f.g.layout(t)
	if l.mem {
		return v.mem
	}
	p := f.temp(l.size, l.align)
	f.store(v, p, t)
	return p
}

// field returns field i of a struct value.
func (f *fn) field(v val, t types.Type, i int) val {
	s := t.Underlying().(*types.Struct)
	ft := s.Field(i).Type()
	if f.g.layout(t).mem {
		return f.part(v.mem, f.g.fieldOffsets(s)[i], ft)
	}
	skip := 0
	for j := range i {
		skip += len(f.g.layout(s.Field(j).Type()).comps)
	}
	return val{c: v.c[skip : skip+len(f.g.layout(ft).comps)]}
}

// part returns the value of type t at an offset in a value kept in memory.
func (f *fn) part(mem ir.Value, off int64, t types.Type) val {
	p := f.f.Offset(mem, off)
	if f.g.layout(t).mem {
		return val{mem: p}
	}
	return f.load(p, t, true)
}
