// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/ir"
)

// A range over a function is, in go/ssa, a call of the function with a closure
// of the loop's body (its "yield function") and a variable jump$N, which both
// share: 0 when the body may be called, rangeBusy while it runs, rangeDone when
// the function has returned, the number of an exit after break, return and so
// on. See builder.rangeFunc in x/tools, go/ssa/builder.go.
const (
	rangeBusy = -1
	rangeDone = -2
)

// isYield reports whether a function is the body of a range over a function.
func isYield(f *ssa.Function) bool { return f.Synthetic == "range-over-func yield" }

// loopOf is the loop that a call of the function it ranges over belongs to, or
// the panic of its body; nil for other instructions.
func loopOf(instr ssa.Instruction) *ast.RangeStmt {
	body := instr.Parent()
	switch instr := instr.(type) {
	case *ssa.Call:
		if len(instr.Call.Args) != 1 {
			return nil
		}
		c, ok := instr.Call.Args[0].(*ssa.MakeClosure)
		if !ok {
			return nil
		}
		body = c.Fn.(*ssa.Function)
	case *ssa.Panic:
	default:
		return nil
	}
	if !isYield(body) {
		return nil
	}
	s, _ := body.Syntax().(*ast.RangeStmt)
	return s
}

// position is where Go places an instruction. go/ssa gives none to what it
// makes of a range over a function: Go has the call of the function, and the
// panic of a body that is called too late, at the keyword for.
func position(instr ssa.Instruction) token.Pos {
	if p := instr.Pos(); p.IsValid() {
		return p
	}
	if s := loopOf(instr); s != nil {
		return s.For
	}
	return token.NoPos
}

// latePanic reports whether an instruction is the panic of a loop's body that
// was called when it must not be, and ends the block with it: the text is that
// of package runtime (panicrangestate), not go/ssa's.
func (f *fn) latePanic(p *ssa.Panic) bool {
	b := p.Block()
	if !isYield(f.ssa) || b.Comment != "yield-invalid" || len(b.Preds) != 1 {
		return false
	}
	test, ok := b.Preds[0].Instrs[len(b.Preds[0].Instrs)-1].(*ssa.If)
	if !ok {
		return false
	}
	ready, ok := test.Cond.(*ssa.BinOp)
	if !ok || ready.Op != token.EQL {
		return false
	}
	jump := f.scalar(ready.X)
	text := func(s string) [2]ir.Value {
		p, n := f.g.str("runtime error: range function continued iteration after " + s)
		return [2]ir.Value{p, n}
	}
	m := text("function for loop body returned false")
	for _, other := range []struct {
		state int64
		text  string
	}{{rangeBusy, "loop body panic"}, {rangeDone, "whole loop exit"}} {
		is, t := f.f.ICmp("eq", jump, ir.Const(jump.Type, other.state)), text(other.text)
		for i := range m {
			m[i] = f.f.Select(is, t[i], m[i])
		}
	}
	f.panicText(abi.PanicError, m[0], m[1])
	return true
}

// loopDone sets the state of a loop, after it was read, when the function that
// is ranged over has returned: go/ssa does so only for a loop that was not left
// early.
func (f *fn) loopDone(read *ssa.UnOp, state val) {
	if v, ok := read.X.(*ssa.Alloc); ok && strings.HasPrefix(v.Comment, "jump$") {
		f.store(one(ir.Const(state.s().Type, rangeDone)), f.scalar(v), read.Type())
	}
}

// leftLoop is the range over a function that the block's return statement is
// in, nil if there is none: go/ssa has the statement's effects follow the call
// of the function.
func leftLoop(b *ssa.BasicBlock) *ast.RangeStmt {
	if b.Comment != "rangefunc.resume.match" {
		return nil
	}
	for len(b.Preds) > 0 {
		b = b.Preds[0]
		for _, instr := range slices.Backward(b.Instrs) {
			if call, ok := instr.(*ssa.Call); ok {
				if s := loopOf(call); s != nil {
					return s
				}
			}
		}
	}
	return nil
}
