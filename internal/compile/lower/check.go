// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/ir"
)

// check continues when ok holds and panics otherwise. Each check has its own
// call of rex_panic (nomerge), so that each keeps its line.
func (f *fn) check(ok ir.Value, code abi.PanicCode, a, b ir.Value) {
	if x, known := ok.ConstInt(); known && x == 1 {
		return
	}
	fail, cont := f.f.NewBlock("panic"), f.f.NewBlock("ok")
	f.f.CondBr(ok, cont, fail, f.g.likely)
	f.f.SetBlock(fail)
	f.panicCode(code, a, b)
	f.f.SetBlock(cont)
}

// panicCode ends the current block with a panic.
func (f *fn) panicCode(code abi.PanicCode, a, b ir.Value) {
	f.f.Call(f.g.m.Func("rex_panic"), "nomerge noreturn", ir.Const(ir.I32, int64(code)), a, b)
	f.f.Unreachable()
}

// panicText ends the current block with a panic that carries a text.
func (f *fn) panicText(code abi.PanicCode, text, n ir.Value) {
	f.f.Call(f.g.m.Func("rex_panic_text"), "nomerge noreturn", ir.Const(ir.I32, int64(code)), text, n)
	f.f.Unreachable()
}

var zero64 = ir.Const(ir.I64, 0)

// nilCheck panics when p is nil.
func (f *fn) nilCheck(p ir.Value) {
	f.check(f.f.ICmp("ne", p, ir.Null), abi.PanicNil, zero64, zero64)
}

// deref returns the address that a pointer operand holds, checked.
func (f *fn) deref(v ssa.Value) ir.Value {
	p := f.scalar(v)
	if !nonNil(v) {
		f.nilCheck(p)
	}
	return p
}

// nonNil reports whether a pointer is never nil, by its construction: the
// address of a variable, or of a part of something that was checked when the
// address was made.
func nonNil(v ssa.Value) bool {
	switch v := v.(type) {
	case *ssa.Alloc, *ssa.Global, *ssa.FieldAddr, *ssa.IndexAddr, *ssa.MakeClosure, *ssa.Function:
		return true
	case *ssa.FreeVar:
		// A function literal captures addresses of variables; a bound
		// method captures its receiver, which may be nil.
		return v.Parent().Synthetic == "" || v.Parent().Synthetic == "range-over-func yield"
	case *ssa.ChangeType:
		return nonNil(v.X)
	case *ssa.Convert:
		return isUnsafePointer(v.X.Type()) && nonNil(v.X)
	case *ssa.Call:
		// Trusted code answers for its own address arithmetic.
		b, ok := v.Call.Value.(*ssa.Builtin)
		return ok && b.Name() == "Add"
	}
	return false
}

// index extends an index operand to 64 bits and says whether it is unsigned.
func (f *fn) index(v ssa.Value) (ir.Value, bool) {
	x := f.scalar(v)
	unsigned := !isSigned(v.Type())
	if b, ok := v.Type().Underlying().(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		unsigned = false
	}
	return f.extend(x, !unsigned, ir.I64), unsigned
}

// extend widens or narrows an integer.
func (f *fn) extend(x ir.Value, signed bool, t ir.Type) ir.Value {
	from, to := x.Type.Bits(), t.Bits()
	if n, ok := x.ConstInt(); ok && from > 1 {
		if !signed && from < 64 {
			n &= 1<<from - 1
		}
		return ir.Const(t, n)
	}
	switch {
	case from == to:
		return x
	case from > to:
		return f.f.Cast("trunc", x, t)
	case signed:
		return f.f.Cast("sext", x, t)
	}
	return f.f.Cast("zext", x, t)
}

// boundsCheck panics unless 0 <= i < n; natural says that 0 <= i is known.
func (f *fn) boundsCheck(i, n ir.Value, unsigned, natural bool) {
	f.checkLess("lt", i, n, abi.PanicIndex, unsigned, natural)
}

// checkLess compares a with b, which is not negative. As unsigned numbers, so
// that a negative a is refused as well; as signed ones, like the conditions in
// the source, when a is known not to be. The code for unsigned operands follows
// the one for signed ones.
func (f *fn) checkLess(pred string, a, b ir.Value, code abi.PanicCode, unsigned, natural bool) {
	x, okA := a.ConstInt()
	y, okB := b.ConstInt()
	if okA && okB && x >= 0 && (x < y || pred == "le" && x == y) {
		return
	}
	if okA && x == 0 && pred == "le" {
		return
	}
	if unsigned {
		code++
	}
	sign := "u"
	if natural && !unsigned {
		sign = "s"
	}
	f.check(f.f.ICmp(sign+pred, a, b), code, a, b)
}
