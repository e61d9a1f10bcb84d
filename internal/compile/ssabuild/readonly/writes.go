// SPDX-License-Identifier: Apache-2.0

package readonly

import (
	"go/token"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/compile/check/noref"
)

// writes finds the operations of a function that write to a tainted address.
func (a *analysis) writes(f *ssa.Function) []Problem {
	var out []Problem
	check := func(addr ssa.Value, pos token.Pos, op string) {
		if a.tainted(addr) {
			out = append(out, a.problem(addr, Place{f, pos}, op))
		}
	}
	for _, b := range f.Blocks {
		for _, instr := range b.Instrs {
			switch i := instr.(type) {
			case *ssa.Store:
				check(i.Addr, i.Pos(), "store")
			case *ssa.MapUpdate:
				check(i.Map, i.Pos(), "store")
			case ssa.CallInstruction:
				common := i.Common()
				pos := i.Pos()
				if !pos.IsValid() {
					pos = common.Pos()
				}
				if b, ok := common.Value.(*ssa.Builtin); ok {
					switch b.Name() {
					case "append", "copy", "clear", "delete":
						check(common.Args[0], pos, b.Name())
					}
					continue
				}
				for _, callee := range a.in.Callees(common) {
					if callee.Blocks != nil || a.in.ReadsOnly(callee) {
						continue
					}
					for _, arg := range common.Args {
						if noref.FindPointer(arg.Type()) != nil {
							check(arg, pos, "call of "+callee.RelString(nil))
						}
					}
				}
			}
		}
	}
	return out
}

// problem follows the taint of an address back to its source.
func (a *analysis) problem(addr ssa.Value, at Place, op string) Problem {
	p := Problem{Op: op, Trace: []Place{at}, Direct: true}
	seen := map[ssa.Value]bool{}
	for v := addr; v != nil && !seen[v]; {
		seen[v] = true
		if g, ok := v.(*ssa.Global); ok {
			p.Var = g
			return p
		}
		switch v.(type) {
		case *ssa.FieldAddr, *ssa.IndexAddr:
		default:
			p.Direct = false
		}
		s := a.taint[v]
		p.Trace = append(p.Trace, s.place)
		v = s.prev
	}
	return p
}
