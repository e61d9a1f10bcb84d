// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"fmt"
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// instr lowers one instruction. The cases are complete: what has no case is
// refused with a diagnostic.
func (f *fn) instr(instr ssa.Instruction) {
	switch instr := instr.(type) {
	case *ssa.Alloc:
		f.vals[instr] = one(f.alloc(instr))
	case *ssa.BinOp:
		f.vals[instr] = f.binop(instr)
	case *ssa.UnOp:
		f.vals[instr] = f.unop(instr)
	case *ssa.Call:
		f.vals[instr] = f.call(instr)
	case *ssa.ChangeInterface:
		f.vals[instr] = f.value(instr.X)
	case *ssa.ChangeType:
		f.vals[instr] = f.value(instr.X)
	case *ssa.Convert:
		f.vals[instr] = f.convert(instr)
	case *ssa.DebugRef:
	case *ssa.Defer:
		f.deferCall(instr)
	case *ssa.Extract:
		f.vals[instr] = f.value(instr.Tuple).tuple[instr.Index]
	case *ssa.Field:
		f.vals[instr] = f.field(f.value(instr.X), instr.X.Type(), instr.Field)
	case *ssa.FieldAddr:
		f.vals[instr] = one(f.fieldAddr(instr))
	case *ssa.If:
		f.branch(instr)
	case *ssa.Index:
		f.vals[instr] = f.indexValue(instr)
	case *ssa.IndexAddr:
		f.vals[instr] = one(f.indexAddr(instr))
	case *ssa.Jump:
		f.jump(instr.Block().Succs[0])
	case *ssa.Lookup:
		f.vals[instr] = f.lookup(instr)
	case *ssa.MakeClosure:
		f.vals[instr] = one(f.makeClosure(instr))
	case *ssa.MakeInterface:
		f.vals[instr] = f.makeInterface(instr)
	case *ssa.MakeMap:
		f.vals[instr] = f.makeMap(instr)
	case *ssa.MakeSlice:
		f.vals[instr] = f.makeSlice(instr)
	case *ssa.MapUpdate:
		f.mapUpdate(instr)
	case *ssa.Next:
		f.vals[instr] = f.next(instr)
	case *ssa.Panic:
		if !f.latePanic(instr) {
			f.panicValue(instr.X)
		}
	case *ssa.Phi:
		f.phi(instr)
	case *ssa.Range:
		f.vals[instr] = f.rangeOver(instr)
	case *ssa.Return:
		f.ret(instr)
	case *ssa.RunDefers:
		f.runDefers()
	case *ssa.Slice:
		f.vals[instr] = f.slice(instr)
	case *ssa.SliceToArrayPointer:
		f.vals[instr] = one(f.sliceToArrayPointer(instr))
	case *ssa.Store:
		f.storeInstr(instr)
	case *ssa.TypeAssert:
		f.vals[instr] = f.typeAssert(instr)
	case *ssa.Go:
		panic(unsupportedError{"go statement"})
	case *ssa.MakeChan, *ssa.Send, *ssa.Select:
		panic(unsupportedError{"channel operation"})
	default:
		panic(unsupportedError{fmt.Sprintf("%T", instr)})
	}
}

func (f *fn) unop(u *ssa.UnOp) val {
	switch u.Op {
	case token.MUL:
		v := f.loadInstr(u)
		f.loopDone(u, v)
		return v
	case token.NOT:
		return one(f.f.Bin("xor", f.scalar(u.X), boolTrue))
	case token.SUB:
		f.noFloat(u.X.Type())
		x := f.scalar(u.X)
		return one(f.f.Bin("sub", zeroOf(x), x))
	case token.XOR:
		x := f.scalar(u.X)
		return one(f.f.Bin("xor", x, allOnes(x)))
	}
	panic(unsupportedError{"operator " + u.Op.String()})
}
