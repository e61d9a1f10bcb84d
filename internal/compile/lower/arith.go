// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/ir"
)

var boolTrue = ir.Bool(true)

func zeroOf(x ir.Value) ir.Value  { return ir.Const(x.Type, 0) }
func allOnes(x ir.Value) ir.Value { return ir.Const(x.Type, -1) }

func (f *fn) noFloat(t types.Type) {
	if isFloat(t) {
		panic(unsupportedError{"floating-point arithmetic"})
	}
}

func (f *fn) binop(b *ssa.BinOp) val {
	f.noFloat(b.X.Type())
	switch b.Op {
	case token.EQL, token.NEQ:
		eq := f.equalOperands(b)
		if b.Op == token.NEQ {
			eq = f.f.Bin("xor", eq, boolTrue)
		}
		return one(eq)
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		return one(f.order(b))
	case token.SHL, token.SHR:
		return one(f.shift(b))
	}
	if isString(b.X.Type()) && b.Op == token.ADD {
		return f.concat(b)
	}
	x, y := f.scalar(b.X), f.scalar(b.Y)
	switch b.Op {
	case token.ADD:
		return one(f.f.Bin("add"+f.ranges.noWrap(b), x, y))
	case token.SUB:
		return one(f.f.Bin("sub"+f.ranges.noWrap(b), x, y))
	case token.MUL:
		return one(f.f.Bin("mul"+f.ranges.noWrap(b), x, y))
	case token.AND:
		return one(f.f.Bin("and", x, y))
	case token.OR:
		return one(f.f.Bin("or", x, y))
	case token.XOR:
		return one(f.f.Bin("xor", x, y))
	case token.AND_NOT:
		return one(f.f.Bin("and", x, f.f.Bin("xor", y, allOnes(y))))
	case token.QUO, token.REM:
		return one(f.divide(x, y, isSigned(b.X.Type()), b.Op == token.REM))
	}
	panic(unsupportedError{"operator " + b.Op.String()})
}

// divide panics when y is zero and, unlike the machine, lets the smallest
// integer be divided by -1: the quotient wraps, the remainder is zero.
func (f *fn) divide(x, y ir.Value, signed, rem bool) ir.Value {
	n, known := y.ConstInt()
	if !known || n == 0 {
		f.check(f.f.ICmp("ne", y, zeroOf(y)), abi.PanicDivide, zero64, zero64)
	}
	op := "udiv"
	if rem {
		op = "urem"
	}
	if !signed {
		return f.f.Bin(op, x, y)
	}
	op = "s" + op[1:]
	if known && n != -1 {
		return f.f.Bin(op, x, y)
	}
	minus := f.f.ICmp("eq", y, allOnes(y))
	r := f.f.Bin(op, x, f.f.Select(minus, ir.Const(y.Type, 1), y))
	special := zeroOf(x)
	if !rem {
		special = f.f.Bin("sub", zeroOf(x), x)
	}
	return f.f.Select(minus, special, r)
}

// shift follows the specification for counts of any size: LLVM's own result
// is undefined when the count reaches the width.
func (f *fn) shift(b *ssa.BinOp) ir.Value {
	x, c := f.scalar(b.X), f.scalar(b.Y)
	width := int64(x.Type.Bits())
	signedX := isSigned(b.X.Type())
	op := "shl"
	if b.Op == token.SHR {
		op = "lshr"
		if signedX {
			op = "ashr"
		}
	}
	if n, ok := c.ConstInt(); ok && (n >= 0 || isSigned(b.Y.Type())) {
		if n < 0 {
			f.check(ir.Bool(false), abi.PanicShift, ir.Const(ir.I64, n), zero64)
			return x
		}
		switch {
		case n < width:
			return f.f.Bin(op, x, ir.Const(x.Type, n))
		case op == "ashr":
			return f.f.Bin(op, x, ir.Const(x.Type, width-1))
		}
		return zeroOf(x)
	}
	if isSigned(b.Y.Type()) {
		f.check(f.f.ICmp("sge", c, zeroOf(c)), abi.PanicShift, f.extend(c, true, ir.I64), zero64)
	}
	// Compare in the count's own type, for narrowing it could lose bits. A
	// type too narrow to hold the width cannot hold a count that is too large.
	inRange := boolTrue
	if c.Type.Bits() >= 8 {
		inRange = f.f.ICmp("ult", c, ir.Const(c.Type, width))
	}
	n := f.extend(c, false, x.Type)
	if op == "ashr" {
		return f.f.Bin(op, x, f.f.Select(inRange, n, ir.Const(x.Type, width-1)))
	}
	// The amount is made harmless before the shift, so that no poison exists.
	r := f.f.Bin(op, x, f.f.Bin("and", n, ir.Const(x.Type, width-1)))
	return f.f.Select(inRange, r, zeroOf(x))
}

// order lowers <, <=, > and >= of integers and strings.
func (f *fn) order(b *ssa.BinOp) ir.Value {
	pred := map[token.Token]string{token.LSS: "lt", token.LEQ: "le", token.GTR: "gt", token.GEQ: "ge"}[b.Op]
	if isString(b.X.Type()) {
		c := f.rtCall("CompareString", f.value(b.X), f.value(b.Y)).s()
		return f.f.ICmp("s"+pred, c, zeroOf(c))
	}
	sign := "u"
	if isSigned(b.X.Type()) {
		sign = "s"
	}
	return f.f.ICmp(sign+pred, f.scalar(b.X), f.scalar(b.Y))
}
