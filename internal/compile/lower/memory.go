// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/compile/ir"
)

// alloc lowers the creation of a variable: zeroed bytes in the frame when its
// address does not outlive the variable, in the arena otherwise.
func (f *fn) alloc(a *ssa.Alloc) ir.Value {
	t := a.Type().Underlying().(*types.Pointer).Elem()
	l := f.g.layout(t)
	if l.size == 0 {
		return f.g.zeroBase()
	}
	size := ir.Const(ir.I64, l.size)
	if a.Heap && f.g.esc.heap(a) {
		return f.arena(size, true)
	}
	p := f.temp(l.size, l.align)
	f.zeroMem(p, size, int(l.align))
	return p
}

// private reports whether nobody else can reach the memory at an address: it
// belongs to a variable or a slice made in this function.
func private(addr ssa.Value) bool {
	for {
		switch a := addr.(type) {
		case *ssa.Alloc, *ssa.MakeSlice:
			return true
		case *ssa.FieldAddr:
			addr = a.X
		case *ssa.IndexAddr:
			addr = a.X
		case *ssa.ChangeType:
			addr = a.X
		case *ssa.Slice:
			if isString(a.X.Type()) {
				return false
			}
			addr = a.X
		default:
			return false
		}
	}
}

// onlyBranches reports whether all that a loaded integer decides is which way
// the next branch goes: it is compared once, and nothing else is done with it.
// No check depends on such a value, so that it would not matter if LLVM read it
// twice.
func onlyBranches(v ssa.Value) bool {
	refs := *v.Referrers()
	if len(refs) != 1 || !isInteger(v.Type()) {
		return false
	}
	switch use := refs[0].(type) {
	case *ssa.Convert:
		return onlyBranches(use)
	case *ssa.BinOp:
		switch use.Op {
		case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
			r := *use.Referrers()
			if len(r) != 1 {
				return false
			}
			_, branch := r[0].(*ssa.If)
			return branch
		}
	}
	return false
}

// behindReadOnly reports whether an address was loaded from a package-level
// variable that holds references, or from memory behind one: nothing writes
// there once the package is initialised (ssabuild/readonly).
func behindReadOnly(addr ssa.Value) bool {
	loaded := false
	for {
		switch a := addr.(type) {
		case *ssa.FieldAddr:
			addr = a.X
		case *ssa.IndexAddr:
			addr = a.X
		case *ssa.ChangeType:
			addr = a.X
		case *ssa.Slice:
			addr = a.X
		case *ssa.UnOp:
			if a.Op != token.MUL {
				return false
			}
			loaded = true
			addr = a.X
		case *ssa.Global:
			return loaded
		default:
			return false
		}
	}
}

func (f *fn) loadInstr(u *ssa.UnOp) val {
	if gl, ok := u.X.(*ssa.Global); ok {
		if v, ok := f.g.mapDescriptor(gl); ok {
			return one(v)
		}
	}
	p := f.deref(u.X)
	return f.load(p, u.Type(), private(u.X) || behindReadOnly(u.X) || onlyBranches(u))
}

func (f *fn) storeInstr(s *ssa.Store) {
	f.computeLate(s.Addr)
	p := f.deref(s.Addr)
	f.store(f.value(s.Val), p, s.Val.Type())
}

// computeLate computes an address whose computation was put off.
func (f *fn) computeLate(v ssa.Value) {
	if !f.late[v] {
		return
	}
	f.computeLate(partOf(v))
	f.instr(v.(ssa.Instruction))
}

func (f *fn) fieldAddr(a *ssa.FieldAddr) ir.Value {
	st := a.X.Type().Underlying().(*types.Pointer).Elem().Underlying().(*types.Struct)
	return f.f.Offset(f.deref(a.X), f.g.fieldOffsets(st)[a.Field])
}

func (f *fn) indexAddr(a *ssa.IndexAddr) ir.Value {
	i, unsigned := f.index(a.Index)
	switch t := a.X.Type().Underlying().(type) {
	case *types.Slice:
		s := f.value(a.X)
		f.boundsCheck(i, s.c[1], unsigned, f.ranges.natural(a.Index, a))
		return f.f.Elem(s.c[0], i, f.g.sizes.Sizeof(t.Elem()))
	case *types.Pointer:
		arr := t.Elem().Underlying().(*types.Array)
		p := f.deref(a.X)
		f.boundsCheck(i, ir.Const(ir.I64, arr.Len()), unsigned, f.ranges.natural(a.Index, a))
		return f.f.Elem(p, i, f.g.sizes.Sizeof(arr.Elem()))
	}
	panic(unsupportedError{"index of " + a.X.Type().String()})
}

// indexValue lowers x[i] where x is an array value or a string.
func (f *fn) indexValue(a *ssa.Index) val {
	i, unsigned := f.index(a.Index)
	x := f.value(a.X)
	switch t := a.X.Type().Underlying().(type) {
	case *types.Basic:
		f.boundsCheck(i, x.c[1], unsigned, f.ranges.natural(a.Index, a))
		return one(f.f.Load(ir.I8, f.f.Elem(x.c[0], i, 1), 1, ir.Plain))
	case *types.Array:
		f.boundsCheck(i, ir.Const(ir.I64, t.Len()), unsigned, f.ranges.natural(a.Index, a))
		if !f.g.layout(t).mem {
			return x // one element, or elements of size zero
		}
		p := f.f.Elem(x.mem, i, f.g.sizes.Sizeof(t.Elem()))
		return f.part(p, 0, t.Elem())
	}
	panic(unsupportedError{"index of " + a.X.Type().String()})
}
