// SPDX-License-Identifier: Apache-2.0

package stale

import (
	"maps"

	"golang.org/x/tools/go/ssa"
)

// move is a call that moved the packet.
type move struct {
	call  ssa.CallInstruction
	mover *ssa.Function
}

// state has the stale values at a point, with the first call that may have made
// each so.
type state map[ssa.Value]move

// check follows the values of the packet along a function's control flow.
func (a *analysis) check(f *ssa.Function) []Problem {
	of := a.ofPacket(f)
	if len(of) == 0 || len(f.Blocks) == 0 {
		return nil
	}
	out := make([]state, len(f.Blocks))
	for again := true; again; {
		again = false
		for _, b := range f.Blocks {
			s := a.block(b, of, out, nil)
			if len(s) != len(out[b.Index]) {
				out[b.Index], again = s, true
			}
		}
	}
	var found []Problem
	seen := map[ssa.CallInstruction]bool{}
	for _, b := range f.Blocks {
		a.block(b, of, out, func(i ssa.Instruction, m move) {
			if seen[m.call] {
				return
			}
			seen[m.call] = true
			pos := i.Pos()
			if !pos.IsValid() { // a range loop
				pos = m.call.Pos()
			}
			found = append(found, Problem{Func: f, Pos: pos, Move: m.call.Pos(), Mover: m.mover})
		})
	}
	return found
}

// block returns what is stale at a block's end. It tells use about uses of stale
// values.
func (a *analysis) block(b *ssa.BasicBlock, of map[ssa.Value]bool, out []state, use func(ssa.Instruction, move)) state {
	s := state{}
	for _, p := range b.Preds {
		maps.Copy(s, out[p.Index])
	}
	for _, i := range b.Instrs {
		if use != nil {
			for _, v := range used(i) {
				if m, ok := s[v]; ok {
					use(i, m)
					break
				}
			}
		}
		if c, ok := i.(ssa.CallInstruction); ok {
			if mover := a.mover(c); mover != nil {
				for v := range of {
					if _, ok := s[v]; !ok {
						s[v] = move{c, mover}
					}
				}
			}
		}
		v, ok := i.(ssa.Value)
		if !ok || !of[v] {
			continue
		}
		delete(s, v)
		if phi, ok := i.(*ssa.Phi); ok {
			for e, x := range phi.Edges {
				if m, ok := out[b.Preds[e].Index][x]; ok {
					s[v] = m
				}
			}
			continue
		}
		for _, x := range a.made(i) {
			if m, ok := s[x]; ok {
				s[v] = m
			}
		}
	}
	return s
}

// used returns the values whose bytes an instruction reads, writes or passes on.
func used(i ssa.Instruction) []ssa.Value {
	switch i := i.(type) {
	case *ssa.UnOp:
		return []ssa.Value{i.X}
	case *ssa.Store:
		return []ssa.Value{i.Addr}
	case *ssa.Convert:
		return []ssa.Value{i.X}
	case ssa.CallInstruction:
		if b, ok := i.Common().Value.(*ssa.Builtin); ok && (b.Name() == "len" || b.Name() == "cap") {
			return nil
		}
		return i.Common().Args
	}
	return nil
}
