// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/constant"
	"go/token"
	"go/types"
	"math"

	"golang.org/x/tools/go/ssa"
)

// What integers can be, by interval analysis: for each SSA value the smallest
// interval that the analysis can show to contain it, refined by the conditions
// that hold where it is used. LLVM has the same, but gives up on values that go
// through nested loops, and Go's integers wrap, which hides from it that a
// length never overflows.
//
// Two things are made of it. An addition that cannot overflow says so (nsw,
// nuw). And an index that is not negative is compared with the length as a
// signed number, as the conditions in the source are, so that LLVM sees when
// both are the same. No check is left out here: LLVM drops what it proves.

// interval is a set of integers; empty when lo > hi. For unsigned types of 64
// bits, whose values need not fit, a negative lo means that nothing is known.
type interval struct{ lo, hi int64 }

var (
	nothing    = interval{1, 0}
	everything = interval{math.MinInt64, math.MaxInt64}
)

// maxLen is the largest length of a slice whose elements have a size, and of a
// string: all of it lies in one half of the address space.
const maxLen = 1 << 47

func (r interval) empty() bool { return r.lo > r.hi }

func (r interval) union(o interval) interval {
	switch {
	case r.empty():
		return o
	case o.empty():
		return r
	}
	return interval{min(r.lo, o.lo), max(r.hi, o.hi)}
}

func (r interval) within(o interval) bool { return r.lo >= o.lo && r.hi <= o.hi }

// ranges are the intervals of one function's values.
type ranges struct {
	g       *gen
	of      map[ssa.Value]interval
	changed map[ssa.Value]int
	place   map[ssa.Instruction]int // in its block
	late    map[ssa.Value]bool      // addresses that are checked later
}

func (g *gen) ranges(f *ssa.Function, late map[ssa.Value]bool) *ranges {
	r := &ranges{g: g, of: map[ssa.Value]interval{}, changed: map[ssa.Value]int{}, place: map[ssa.Instruction]int{}, late: late}
	blocks := reachable(f)
	for _, b := range blocks {
		for i, in := range b.Instrs {
			r.place[in] = i
		}
	}
	for again := true; again; {
		again = false
		for _, b := range blocks {
			for _, in := range b.Instrs {
				v, ok := in.(ssa.Value)
				if !ok || !isInteger(v.Type()) {
					continue
				}
				old, known := r.of[v]
				if !known {
					old = nothing
				}
				now := old.union(r.eval(v, in))
				if now == old {
					continue
				}
				if r.changed[v]++; r.changed[v] > 4 {
					now = widen(old, now, full(v.Type()))
				}
				r.of[v] = now
				again = true
			}
		}
	}
	return r
}

// widen lets an interval that keeps growing grow in large steps, of which there
// are few.
func widen(old, now, most interval) interval {
	if now.lo < old.lo {
		switch {
		case now.lo >= 0:
			now.lo = 0
		case now.lo >= -1:
			now.lo = -1
		default:
			now.lo = most.lo
		}
	}
	if now.hi > old.hi {
		for _, step := range []int64{1 << 8, 1 << 16, 1 << 31, maxLen, 1 << 60, math.MaxInt64} {
			if now.hi <= step {
				now.hi = min(step, most.hi)
				break
			}
		}
	}
	return now
}

// full is what a type can hold.
func full(t types.Type) interval {
	b, ok := t.Underlying().(*types.Basic)
	if !ok {
		return everything
	}
	switch b.Kind() {
	case types.Int8:
		return interval{math.MinInt8, math.MaxInt8}
	case types.Int16:
		return interval{math.MinInt16, math.MaxInt16}
	case types.Int32, types.UntypedRune:
		return interval{math.MinInt32, math.MaxInt32}
	case types.Uint8:
		return interval{0, math.MaxUint8}
	case types.Uint16:
		return interval{0, math.MaxUint16}
	case types.Uint32:
		return interval{0, math.MaxUint32}
	}
	return everything
}

func isUint64(t types.Type) bool { return !isSigned(t) && full(t) == everything }

// fit is r as a value of type t: all of t when it does not fit and wraps.
func fit(t types.Type, r interval, exact bool) interval {
	if !exact || !r.within(full(t)) || isUint64(t) && r.lo < 0 {
		return full(t)
	}
	return r
}

// value returns what an operand can be, wherever it is used.
func (r *ranges) value(v ssa.Value) interval {
	if c, ok := v.(*ssa.Const); ok {
		if c.Value == nil || c.Value.Kind() != constant.Int {
			return full(v.Type())
		}
		if n, exact := constant.Int64Val(c.Value); exact {
			return interval{n, n}
		}
		return full(v.Type())
	}
	if _, ok := v.(ssa.Instruction); !ok {
		return full(v.Type())
	}
	if x, ok := r.of[v]; ok {
		return x
	}
	return nothing // its block has not been looked at yet
}

// maxWalk bounds how many dominating conditions are looked at.
const maxWalk = 64

// at returns what v can be where the instruction stands.
func (r *ranges) at(v ssa.Value, in ssa.Instruction) interval {
	return r.in(v, in.Block(), in)
}

func (r *ranges) in(v ssa.Value, b *ssa.BasicBlock, before ssa.Instruction) interval {
	x := r.value(v)
	if _, ok := v.(*ssa.Const); ok {
		return x
	}
	x = r.indexed(x, v, b, before)
	for n := 0; b != nil && n < maxWalk; n++ {
		if len(b.Preds) == 1 {
			x = r.edge(x, v, b.Preds[0], b)
		}
		b = b.Idom()
	}
	return x
}

// edge refines x, what v can be, by the condition under which control goes
// from one block to another.
func (r *ranges) edge(x interval, v ssa.Value, from, to *ssa.BasicBlock) interval {
	i, ok := from.Instrs[len(from.Instrs)-1].(*ssa.If)
	if !ok || from.Succs[0] == from.Succs[1] {
		return x
	}
	c, ok := i.Cond.(*ssa.BinOp)
	if !ok || !isInteger(c.X.Type()) {
		return x
	}
	op := c.Op
	if from.Succs[1] == to {
		if op = negated[op]; op == 0 {
			return x
		}
	}
	if same(c.X, v) {
		x = limit(x, op, r.value(c.Y), v.Type())
	}
	if same(c.Y, v) {
		if op = mirrored[op]; op != 0 {
			x = limit(x, op, r.value(c.X), v.Type())
		}
	}
	return x
}

var (
	negated = map[token.Token]token.Token{token.LSS: token.GEQ, token.GEQ: token.LSS, token.GTR: token.LEQ,
		token.LEQ: token.GTR, token.EQL: token.NEQ, token.NEQ: token.EQL}
	mirrored = map[token.Token]token.Token{token.LSS: token.GTR, token.GTR: token.LSS, token.LEQ: token.GEQ,
		token.GEQ: token.LEQ, token.EQL: token.EQL, token.NEQ: token.NEQ}
)

// limit refines x by "x op y".
func limit(x interval, op token.Token, y interval, t types.Type) interval {
	if y.empty() || x.empty() {
		return x
	}
	if isUint64(t) {
		if y.lo < 0 {
			return x
		}
		if x.lo < 0 {
			if op != token.LSS && op != token.LEQ && op != token.EQL {
				return x
			}
			x.lo = 0
		}
	}
	switch op {
	case token.LSS:
		if y.hi > math.MinInt64 {
			x.hi = min(x.hi, y.hi-1)
		}
	case token.LEQ:
		x.hi = min(x.hi, y.hi)
	case token.GTR:
		if y.lo < math.MaxInt64 {
			x.lo = max(x.lo, y.lo+1)
		}
	case token.GEQ:
		x.lo = max(x.lo, y.lo)
	case token.EQL:
		x = interval{max(x.lo, y.lo), min(x.hi, y.hi)}
	case token.NEQ:
		if y.lo == y.hi && x.lo == y.lo && x.lo < math.MaxInt64 {
			x.lo++
		} else if y.lo == y.hi && x.hi == y.hi && x.hi > math.MinInt64 {
			x.hi--
		}
	}
	return x
}

// same reports whether two operands are the same number: the same value, or
// computed in the same way.
func same(a, b ssa.Value) bool {
	if a == b {
		return true
	}
	switch a := a.(type) {
	case *ssa.BinOp:
		b, ok := b.(*ssa.BinOp)
		return ok && a.Op == b.Op && operand(a.X, b.X) && operand(a.Y, b.Y)
	case *ssa.Convert:
		b, ok := b.(*ssa.Convert)
		return ok && a.X == b.X && types.Identical(a.Type(), b.Type())
	}
	return false
}

func operand(a, b ssa.Value) bool {
	if a == b {
		return true
	}
	x, ok := a.(*ssa.Const)
	y, ok2 := b.(*ssa.Const)
	return ok && ok2 && x.Value != nil && y.Value != nil && types.Identical(x.Type(), y.Type()) &&
		constant.Compare(x.Value, token.EQL, y.Value)
}

// indexed refines x by the checks that v has passed as an index before.
func (r *ranges) indexed(x interval, v ssa.Value, b *ssa.BasicBlock, before ssa.Instruction) interval {
	refs := v.Referrers()
	if refs == nil || isUint64(v.Type()) && x.lo < 0 {
		return x
	}
	for n, ref := range *refs {
		if n == maxWalk {
			break
		}
		var of ssa.Value
		switch ref := ref.(type) {
		case *ssa.IndexAddr:
			if ref.Index == v && !r.late[ref] {
				of = ref.X
			}
		case *ssa.Index:
			if ref.Index == v {
				of = ref.X
			}
		}
		if of == nil || !r.precedes(ref, b, before) {
			continue
		}
		x = interval{max(x.lo, 0), min(x.hi, r.length(of.Type()).hi-1)}
	}
	return x
}

// precedes reports whether an instruction is executed before another of block
// b, or before b ends when there is none.
func (r *ranges) precedes(in ssa.Instruction, b *ssa.BasicBlock, before ssa.Instruction) bool {
	if in.Block() != b {
		return in.Block().Dominates(b)
	}
	return before == nil || r.place[in] < r.place[before]
}

// length is how long something of a type can be.
func (r *ranges) length(t types.Type) interval {
	switch t := t.Underlying().(type) {
	case *types.Pointer:
		return r.length(t.Elem())
	case *types.Array:
		return interval{t.Len(), t.Len()}
	case *types.Slice:
		return interval{0, r.g.maxLen(t)}
	}
	return interval{0, maxLen}
}

func (g *gen) maxLen(t *types.Slice) int64 {
	if g.sizes.Sizeof(t.Elem()) == 0 {
		return math.MaxInt64
	}
	return maxLen
}

// eval computes what an instruction's result can be from its operands.
func (r *ranges) eval(v ssa.Value, in ssa.Instruction) interval {
	switch v := v.(type) {
	case *ssa.Phi:
		x := nothing
		for i, e := range v.Edges {
			pred := v.Block().Preds[i]
			x = x.union(r.edge(r.in(e, pred, nil), e, pred, v.Block()))
		}
		return x
	case *ssa.BinOp:
		if x, y := r.at(v.X, in), r.at(v.Y, in); !x.empty() && !y.empty() {
			z, exact := arithmetic(v.Op, x, y, v.Type())
			return fit(v.Type(), z, exact)
		}
		return nothing
	case *ssa.Convert:
		if !isInteger(v.X.Type()) {
			break
		}
		x := r.at(v.X, in)
		if x.empty() {
			return x
		}
		return fit(v.Type(), x, x.lo >= 0 || !isUint64(v.X.Type()))
	case *ssa.ChangeType:
		return r.at(v.X, in)
	case *ssa.Call:
		if b, ok := v.Call.Value.(*ssa.Builtin); ok {
			switch b.Name() {
			case "len", "cap":
				return r.length(v.Call.Args[0].Type())
			case "copy":
				return interval{0, math.MaxInt64}
			}
		}
	case *ssa.Extract:
		if n, ok := v.Tuple.(*ssa.Next); ok && n.IsString {
			if v.Index == 1 {
				return interval{0, maxLen}
			}
			return interval{0, math.MaxInt32}
		}
	}
	return full(v.Type())
}
