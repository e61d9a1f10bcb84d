// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// In x.f[i] = g(), the specification has the operands and g evaluated before
// anything is assigned: g is called even when x is nil or i is out of range.
// go/ssa computes the address, which is where we check, before it calls g. So
// the address of an assignment's left side is computed where it is stored to.
//
// late finds these address computations: they have no other use than one store
// that the assignment itself makes, which go/ssa gives the same position, or
// are parts of such an address within the same expression. In p := &x.f; *p = 1
// the store has another position, and the address is computed at once.
func late(f *ssa.Function) map[ssa.Value]bool {
	out := map[ssa.Value]bool{}
	var ranges map[token.Pos]ast.Expr
	for _, b := range f.Blocks {
		for _, in := range b.Instrs {
			s, ok := in.(*ssa.Store)
			if !ok || !s.Pos().IsValid() || !isPart(s.Addr) || s.Addr.Pos() != s.Pos() || !onlyUse(s.Addr, s) {
				continue
			}
			if ranges == nil {
				ranges = leftSides(f)
			}
			left := ranges[s.Pos()]
			if left == nil {
				continue
			}
			out[s.Addr] = true
			for at := s.Addr; ; {
				base := partOf(at)
				if !isPart(base) || !onlyUse(base, at.(ssa.Instruction)) || base.Pos() < left.Pos() || base.Pos() >= left.End() {
					break
				}
				out[base] = true
				at = base
			}
		}
	}
	return out
}

func isPart(v ssa.Value) bool { return partOf(v) != nil }

// partOf returns the operand that v computes the address of a part of, nil
// when v is something else.
func partOf(v ssa.Value) ssa.Value {
	switch v := v.(type) {
	case *ssa.FieldAddr:
		return v.X
	case *ssa.IndexAddr:
		return v.X
	}
	return nil
}

func onlyUse(v ssa.Value, by ssa.Instruction) bool {
	refs := *v.Referrers()
	return len(refs) == 1 && refs[0] == by
}

// leftSides returns the expressions that a function assigns to, by the position
// that go/ssa gives the store.
func leftSides(f *ssa.Function) map[token.Pos]ast.Expr {
	out := map[token.Pos]ast.Expr{}
	note := func(e ast.Expr) {
		switch x := ast.Unparen(e).(type) {
		case *ast.SelectorExpr:
			out[x.Sel.Pos()] = x
		case *ast.IndexExpr:
			out[x.Lbrack] = x
		}
	}
	if f.Syntax() == nil {
		return out
	}
	ast.Inspect(f.Syntax(), func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && a.Tok == token.ASSIGN {
			for _, e := range a.Lhs {
				note(e)
			}
		}
		return true
	})
	return out
}
