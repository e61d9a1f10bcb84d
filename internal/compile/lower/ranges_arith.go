// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/token"
	"go/types"
	"math"
	"math/bits"

	"golang.org/x/tools/go/ssa"
)

// arithmetic returns what x op y can be before it wraps; not exact when that
// is not known.
func arithmetic(op token.Token, x, y interval, t types.Type) (z interval, exact bool) {
	natural := x.lo >= 0 && y.lo >= 0
	switch op {
	case token.ADD:
		lo, ok1 := add(x.lo, y.lo)
		hi, ok2 := add(x.hi, y.hi)
		return interval{lo, hi}, ok1 && ok2
	case token.SUB:
		lo, ok1 := sub(x.lo, y.hi)
		hi, ok2 := sub(x.hi, y.lo)
		return interval{lo, hi}, ok1 && ok2
	case token.MUL:
		over, hi := bits.Mul64(uint64(x.hi), uint64(y.hi))
		if natural && over == 0 && hi <= math.MaxInt64 {
			return interval{x.lo * y.lo, int64(hi)}, true
		}
	case token.AND:
		switch {
		case natural:
			return interval{0, min(x.hi, y.hi)}, true
		case x.lo >= 0:
			return interval{0, x.hi}, true
		case y.lo >= 0:
			return interval{0, y.hi}, true
		}
	case token.AND_NOT:
		if x.lo >= 0 {
			return interval{0, x.hi}, true
		}
	case token.OR, token.XOR:
		if natural {
			return interval{0, int64(uint64(1)<<bits.Len64(uint64(x.hi|y.hi)) - 1)}, true
		}
	case token.SHL:
		if natural && y.lo == y.hi && y.lo < 63 && x.hi <= math.MaxInt64>>y.lo {
			return interval{x.lo << y.lo, x.hi << y.lo}, true
		}
	case token.SHR:
		switch {
		case x.lo < 0 && isUint64(t):
			if y.lo >= 1 {
				return interval{0, int64(uint64(math.MaxUint64) >> uint64(y.lo))}, true
			}
		case x.lo >= 0 && y.lo >= 0:
			return interval{0, x.hi >> uint64(y.lo)}, true
		default:
			return interval{min(x.lo, 0), max(x.hi, 0)}, true
		}
	case token.QUO:
		if x.lo >= 0 && y.lo >= 1 {
			return interval{0, x.hi / y.lo}, true
		}
	case token.REM:
		switch {
		case y.lo < 1:
		case x.lo >= 0:
			return interval{0, min(x.hi, y.hi-1)}, true
		case isUint64(t):
			return interval{0, y.hi - 1}, true
		default:
			return interval{1 - y.hi, y.hi - 1}, true
		}
	}
	return everything, false
}

func add(a, b int64) (int64, bool) {
	s := a + b
	return s, (s > a) == (b > 0)
}

func sub(a, b int64) (int64, bool) {
	d := a - b
	return d, (d < a) == (b > 0)
}

// noWrap returns the flags that LLVM may have for an addition, subtraction or
// multiplication.
func (r *ranges) noWrap(b *ssa.BinOp) string {
	if !isInteger(b.Type()) {
		return ""
	}
	return flags(b.Op, r.at(b.X, b), r.at(b.Y, b), b.Type())
}

// flags returns "nuw" and "nsw" as they hold for x op y: with the operands
// taken as unsigned, or as signed, numbers of the type's width the result does
// not wrap.
func flags(op token.Token, x, y interval, t types.Type) string {
	if x.empty() || y.empty() || isUint64(t) && (x.lo < 0 || y.lo < 0) {
		return ""
	}
	z, exact := arithmetic(op, x, y, t)
	if !exact {
		return ""
	}
	signed := signedRange(t)
	f := ""
	if x.lo >= 0 && y.lo >= 0 && z.lo >= 0 && z.within(full(t)) {
		f = " nuw"
	}
	if x.within(signed) && y.within(signed) && z.within(signed) {
		f += " nsw"
	}
	return f
}

// signedRange is what a type could hold if it were signed.
func signedRange(t types.Type) interval {
	switch full(t).hi {
	case math.MaxInt8, math.MaxUint8:
		return interval{math.MinInt8, math.MaxInt8}
	case math.MaxInt16, math.MaxUint16:
		return interval{math.MinInt16, math.MaxInt16}
	case math.MaxInt32, math.MaxUint32:
		return interval{math.MinInt32, math.MaxInt32}
	}
	return everything
}

// natural reports whether an index operand is never negative where the
// instruction uses it.
func (r *ranges) natural(v ssa.Value, in ssa.Instruction) bool {
	if v == nil || !isInteger(v.Type()) {
		return false
	}
	x := r.at(v, in)
	return !x.empty() && x.lo >= 0
}
