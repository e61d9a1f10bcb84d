// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/compile/ir"
)

// concat lowers x + y of strings.
func (f *fn) concat(b *ssa.BinOp) val {
	return f.rtCall("ConcatStrings", f.value(b.X), f.value(b.Y))
}

// rangeOver starts the iteration over a map, or a string: a position in the
// frame.
func (f *fn) rangeOver(r *ssa.Range) val {
	if !isString(r.X.Type()) {
		return f.mapRange(r)
	}
	pos := f.f.Alloca(ir.I64, 8)
	f.iters[r] = pos
	f.f.Store(zero64, pos, 8)
	return one(ir.Null)
}

// next steps the iteration over a string: one byte below 0x80 directly, other
// runes by the run-time's decoder.
func (f *fn) next(n *ssa.Next) val {
	r := n.Iter.(*ssa.Range)
	if !n.IsString {
		return f.mapNext(n, r)
	}
	pos := f.iters[r]
	s := f.value(r.X)
	i := f.f.Load(ir.I64, pos, 8, ir.Plain)
	start := f.f.Block()
	body, ascii, wide, done := f.f.NewBlock("rune"), f.f.NewBlock("ascii"), f.f.NewBlock("wide"), f.f.NewBlock("next")
	more := f.f.ICmp("ult", i, s.c[1])
	f.f.CondBr(more, body, done, "")
	f.f.SetBlock(body)
	b := f.f.Load(ir.I8, f.f.Elem(s.c[0], i, 1), 1, ir.Shared)
	f.f.CondBr(f.f.ICmp("sge", b, ir.Const(ir.I8, 0)), ascii, wide, "")
	f.f.SetBlock(ascii)
	r1 := f.f.Cast("zext", b, ir.I32)
	n1 := f.f.Bin("add", i, ir.Const(ir.I64, 1))
	f.f.Store(n1, pos, 8)
	f.f.Br(done)
	f.f.SetBlock(wide)
	d := f.rtCall("DecodeRune", s, one(i))
	f.f.Store(d.tuple[1].s(), pos, 8)
	wideEnd := f.f.Block()
	f.f.Br(done)
	f.f.SetBlock(done)
	rune := f.f.Phi(ir.I32)
	rune.AddIncoming(ir.Const(ir.I32, 0), start)
	rune.AddIncoming(r1, ascii)
	rune.AddIncoming(d.tuple[0].s(), wideEnd)
	v := val{tuple: []val{one(more), one(i), one(rune.Result)}}
	if f.g.layout(tupleTypes(n.Type().(*types.Tuple))[1]).comps == nil {
		v.tuple[1] = val{}
	}
	if f.g.layout(tupleTypes(n.Type().(*types.Tuple))[2]).comps == nil {
		v.tuple[2] = val{}
	}
	return v
}
