// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/compile/ir"
)

func (f *fn) jump(to *ssa.BasicBlock) { f.f.Br(f.first[to]) }

func (f *fn) branch(b *ssa.If) {
	succs := b.Block().Succs
	if succs[0] == succs[1] {
		f.jump(succs[0])
		return
	}
	f.f.CondBr(f.scalar(b.Cond), f.first[succs[0]], f.first[succs[1]], "")
}

func (f *fn) ret(r *ssa.Return) {
	if f.entry {
		f.retVerdict(r)
		return
	}
	var flat []ir.Value
	out := 0
	for _, x := range r.Results {
		v := f.value(x)
		if f.g.layout(x.Type()).mem {
			f.store(v, f.outs[out], x.Type())
			out++
			continue
		}
		flat = append(flat, v.c...)
	}
	switch len(flat) {
	case 0:
		f.f.Ret(ir.Value{})
	case 1:
		f.f.Ret(flat[0])
	default:
		f.retMany(flat)
	}
}

// retMany returns several scalars. All returns of a function meet in one
// block, where each scalar has its own phi: a phi of the whole struct, which
// LLVM would make of several returns, hides the scalars from its optimiser.
func (f *fn) retMany(flat []ir.Value) {
	from := f.f.Block()
	if f.exit == nil {
		f.exit = f.f.NewBlock("return")
		f.f.SetBlock(f.exit)
		var vs []ir.Value
		for _, v := range flat {
			n := f.f.Phi(v.Type)
			f.results = append(f.results, n)
			vs = append(vs, n.Result)
		}
		f.f.Ret(f.f.Aggregate(f.sig.result, vs))
		f.f.SetBlock(from)
	}
	for i, v := range flat {
		f.results[i].AddIncoming(v, from)
	}
	f.f.Br(f.exit)
}

// retVerdict returns a program's verdict in 32 bits.
func (f *fn) retVerdict(r *ssa.Return) {
	if len(r.Results) == 0 {
		f.f.Ret(ir.Const(ir.I32, 0))
		return
	}
	f.f.Ret(f.extend(f.scalar(r.Results[0]), false, ir.I32))
}

// phi makes the phis of a value now and their edges when all blocks are done.
// A value kept in memory goes through bytes of its own: each predecessor
// writes it to a staging place, from which the block's start copies it, so
// that phis of one block may exchange values.
func (f *fn) phi(p *ssa.Phi) {
	l := f.g.layout(p.Type())
	pp := pendingPhi{phi: p}
	v := val{}
	if l.mem {
		pp.stage = f.temp(l.size, l.align)
		v.mem = f.temp(l.size, l.align)
		f.vals[p] = v
		f.phis = append(f.phis, pp)
		f.copyBytes(v.mem, pp.stage, l.size, l.align)
		return
	}
	for _, c := range l.comps {
		n := f.f.Phi(c.t)
		pp.nodes = append(pp.nodes, n)
		v.c = append(v.c, n.Result)
	}
	f.vals[p] = v
	f.phis = append(f.phis, pp)
}

func (f *fn) finishPhis() {
	for _, pp := range f.phis {
		for i, pred := range pp.phi.Block().Preds {
			from, ok := f.last[pred]
			if !ok {
				continue // unreachable
			}
			if n := len(from.Instrs); n > 0 && len(from.Instrs[n-1].Targets) == 0 {
				continue // ended early by a panic
			}
			if pp.stage.Ref != "" {
				f.f.InsertBeforeTerm(from)
				f.store(f.value(pp.phi.Edges[i]), pp.stage, pp.phi.Type())
				f.f.EndInsert()
				continue
			}
			f.f.InsertBeforeTerm(from)
			v := f.value(pp.phi.Edges[i])
			f.f.EndInsert()
			for j, n := range pp.nodes {
				n.AddIncoming(v.c[j], from)
			}
		}
	}
}
