// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/ir"
)

// slice lowers x[lo:hi:max] of a slice, a string or an array pointer, with the
// checks in the order of the Go compiler.
func (f *fn) slice(s *ssa.Slice) val {
	var ptr, length, capacity ir.Value
	size := int64(1)
	isSlice, str := false, false
	switch t := s.X.Type().Underlying().(type) {
	case *types.Slice:
		v := f.value(s.X)
		ptr, length, capacity = v.c[0], v.c[1], v.c[2]
		size = f.g.sizes.Sizeof(t.Elem())
		isSlice = true
	case *types.Basic:
		v := f.value(s.X)
		ptr, length, capacity = v.c[0], v.c[1], v.c[1]
		str = true
	case *types.Pointer:
		arr := t.Elem().Underlying().(*types.Array)
		ptr = f.deref(s.X)
		length = ir.Const(ir.I64, arr.Len())
		capacity = length
		size = f.g.sizes.Sizeof(arr.Elem())
	default:
		panic(unsupportedError{"slice of " + s.X.Type().String()})
	}
	low, lowU := zero64, false
	high, highU := length, false
	limit, limitU := capacity, false
	if s.Low != nil {
		low, lowU = f.index(s.Low)
	}
	if s.High != nil {
		high, highU = f.index(s.High)
	}
	if s.Max != nil {
		limit, limitU = f.index(s.Max)
		code := abi.PanicSlice3Alen
		if isSlice {
			code = abi.PanicSlice3Acap
		}
		f.checkLess("le", limit, capacity, code, limitU, f.ranges.natural(s.Max, s))
		f.checkLess("le", high, limit, abi.PanicSlice3B, highU, f.ranges.natural(s.High, s))
		f.checkLess("le", low, high, abi.PanicSlice3C, lowU, f.ranges.natural(s.Low, s))
	} else {
		if s.High != nil {
			code := abi.PanicSliceAlen
			if isSlice {
				code = abi.PanicSliceAcap
			}
			f.checkLess("le", high, capacity, code, highU, f.ranges.natural(s.High, s))
		}
		f.checkLess("le", low, high, abi.PanicSliceB, lowU, f.ranges.natural(s.Low, s))
	}
	n := f.sub(high, low)
	// Nothing is read behind an address whose length and capacity are zero, so
	// it may lie just behind the object.
	at := ptr
	if c, ok := low.ConstInt(); !ok || c != 0 {
		at = f.f.Elem(ptr, low, size)
	}
	if str {
		return val{c: []ir.Value{at, n}}
	}
	return val{c: []ir.Value{at, n, f.sub(limit, low)}}
}

func (f *fn) sub(a, b ir.Value) ir.Value {
	if c, ok := b.ConstInt(); ok {
		if c == 0 {
			return a
		}
		if d, ok := a.ConstInt(); ok {
			return ir.Const(ir.I64, d-c)
		}
	}
	// All are checked: 0 <= low <= high <= limit.
	return f.f.Bin("sub nuw nsw", a, b)
}

// maxAlloc is the largest object that is even tried; sizes below it cannot
// overflow when they are rounded up.
const maxAlloc = 1 << 47

// makeSlice lowers make([]T, n, m).
func (f *fn) makeSlice(m *ssa.MakeSlice) val {
	elem := m.Type().Underlying().(*types.Slice).Elem()
	size := f.g.sizes.Sizeof(elem)
	n, _ := f.index(m.Len)
	c := n
	if m.Cap != m.Len {
		c, _ = f.index(m.Cap)
	}
	limit := ir.Const(ir.I64, maxAlloc/max(size, 1))
	if _, known := n.ConstInt(); !known {
		f.check(f.f.ICmp("ule", n, limit), abi.PanicMakeSliceLen, n, zero64)
	}
	if c != n {
		f.check(f.f.ICmp("ule", c, limit), abi.PanicMakeSliceCap, c, zero64)
		f.check(f.f.ICmp("ule", n, c), abi.PanicMakeSliceCap, c, zero64)
	}
	bytes := f.mul(c, size)
	var p ir.Value
	if k, ok := bytes.ConstInt(); ok && k == 0 {
		p = f.g.zeroBase()
	} else if ok && !f.g.esc.heap(m) {
		p = f.temp(k, f.g.sizes.Alignof(elem))
		f.zeroMem(p, bytes, 1)
	} else {
		p = f.arena(bytes, true)
	}
	return val{c: []ir.Value{p, n, c}}
}

func (f *fn) mul(x ir.Value, k int64) ir.Value {
	if c, ok := x.ConstInt(); ok {
		return ir.Const(ir.I64, c*k)
	}
	if k == 1 {
		return x
	}
	return f.f.Bin("mul", x, ir.Const(ir.I64, k))
}

// moveBytes is memmove of n elements.
func (f *fn) moveBytes(dst, src, n ir.Value, size int64) {
	f.f.Call(f.g.intrinsic("llvm.memmove.p0.p0.i64", ir.Void, ir.Ptr, ir.Ptr, ir.I64, ir.I1), "",
		dst, src, f.mul(n, size), ir.Bool(false))
}

// appendTo lowers append(s, t...): in place while the capacity lasts.
func (f *fn) appendTo(call *ssa.Call) val {
	args := call.Call.Args
	s := f.value(args[0])
	if len(args) == 1 {
		return s
	}
	more := f.value(args[1]) // a slice or a string
	elem := call.Type().Underlying().(*types.Slice).Elem()
	size := f.g.sizes.Sizeof(elem)
	n := f.f.Bin("add", s.c[1], more.c[1])
	grow, done := f.f.NewBlock("grow"), f.f.NewBlock("append")
	from := f.f.Block()
	f.f.CondBr(f.f.ICmp("ule", n, s.c[2]), done, grow, "")
	f.f.SetBlock(grow)
	r := f.rtCall("GrowSlice", one(s.c[0]), one(s.c[1]), one(s.c[2]), one(n), one(ir.Const(ir.I64, size)))
	grown := f.f.Block()
	f.f.Br(done)
	f.f.SetBlock(done)
	p, c := f.f.Phi(ir.Ptr), f.f.Phi(ir.I64)
	p.AddIncoming(s.c[0], from)
	c.AddIncoming(s.c[2], from)
	p.AddIncoming(r.tuple[0].s(), grown)
	c.AddIncoming(r.tuple[1].s(), grown)
	f.moveBytes(f.f.Elem(p.Result, s.c[1], size), more.c[0], more.c[1], size)
	return val{c: []ir.Value{p.Result, n, c.Result}}
}

// copyTo lowers copy(dst, src).
func (f *fn) copyTo(call *ssa.Call) val {
	dst, src := f.value(call.Call.Args[0]), f.value(call.Call.Args[1])
	elem := call.Call.Args[0].Type().Underlying().(*types.Slice).Elem()
	n := f.f.Select(f.f.ICmp("ult", src.c[1], dst.c[1]), src.c[1], dst.c[1])
	f.moveBytes(dst.c[0], src.c[0], n, f.g.sizes.Sizeof(elem))
	return one(n)
}
