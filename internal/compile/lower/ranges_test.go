// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/token"
	"go/types"
	"math/rand/v2"
	"strings"
	"testing"
)

// concrete computes x op y as Go does for 8-bit types; ok is false where Go
// panics. wide is the result before it wraps.
func concrete(op token.Token, x, y int64, signed bool) (z, wide int64, ok bool) {
	switch op {
	case token.ADD:
		wide = x + y
	case token.SUB:
		wide = x - y
	case token.MUL:
		wide = x * y
	case token.AND:
		wide = x & y
	case token.OR:
		wide = x | y
	case token.XOR:
		wide = x ^ y
	case token.AND_NOT:
		wide = x &^ y
	case token.SHL:
		if y < 0 {
			return 0, 0, false
		}
		wide = x << min(y, 20)
	case token.SHR:
		if y < 0 {
			return 0, 0, false
		}
		wide = x >> y
	case token.QUO:
		if y == 0 {
			return 0, 0, false
		}
		wide = x / y
	case token.REM:
		if y == 0 {
			return 0, 0, false
		}
		wide = x % y
	}
	if signed {
		return int64(int8(wide)), wide, true
	}
	return int64(uint8(wide)), wide, true
}

// TestArithmetic: for random intervals of 8-bit integers, every result lies in
// the computed interval, and none wraps that has a flag.
func TestArithmetic(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	ops := []token.Token{token.ADD, token.SUB, token.MUL, token.AND, token.OR, token.XOR, token.AND_NOT, token.SHL, token.SHR, token.QUO, token.REM}
	flagged := 0
	for range 3000 {
		typ := types.Typ[types.Int8]
		if rng.IntN(2) == 0 {
			typ = types.Typ[types.Uint8]
		}
		most := full(typ)
		pick := func() interval {
			a, b := most.lo+rng.Int64N(256), most.lo+rng.Int64N(256)
			if rng.IntN(3) == 0 {
				b = a
			}
			if rng.IntN(3) == 0 {
				a, b = a/16, b/16
			}
			return interval{min(a, b), max(a, b)}
		}
		x, y := pick(), pick()
		op := ops[rng.IntN(len(ops))]
		r, exact := arithmetic(op, x, y, typ)
		r = fit(typ, r, exact)
		f := ""
		if op == token.ADD || op == token.SUB || op == token.MUL {
			f = flags(op, x, y, typ)
		}
		if f != "" {
			flagged++
		}
		for a := x.lo; a <= x.hi; a++ {
			for b := y.lo; b <= y.hi; b++ {
				z, wide, ok := concrete(op, a, b, isSigned(typ))
				if !ok {
					continue
				}
				if z < r.lo || z > r.hi {
					t.Fatalf("%s: %d %s %d = %d is not in %v (%v, %v)", typ, a, op, b, z, r, x, y)
				}
				if strings.Contains(f, "nsw") {
					_, w, _ := concrete(op, int64(int8(a)), int64(int8(b)), true)
					if w != int64(int8(w)) {
						t.Fatalf("%s: %d %s %d wraps as signed (%v, %v)", typ, a, op, b, x, y)
					}
				}
				if strings.Contains(f, "nuw") {
					_, w, _ := concrete(op, int64(uint8(a)), int64(uint8(b)), false)
					if w != int64(uint8(w)) {
						t.Fatalf("%s: %d %s %d wraps as unsigned (%v, %v)", typ, a, op, b, x, y)
					}
				}
				_ = wide
			}
		}
	}
	if flagged < 100 {
		t.Errorf("only %d operations had flags", flagged)
	}
}

// TestLimit: what a comparison leaves of an interval contains every value for
// which it holds, and nothing is kept that one can see it does not hold for.
func TestLimit(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	holds := map[token.Token]func(a, b int64) bool{
		token.LSS: func(a, b int64) bool { return a < b }, token.LEQ: func(a, b int64) bool { return a <= b },
		token.GTR: func(a, b int64) bool { return a > b }, token.GEQ: func(a, b int64) bool { return a >= b },
		token.EQL: func(a, b int64) bool { return a == b }, token.NEQ: func(a, b int64) bool { return a != b },
	}
	for range 2000 {
		pick := func() interval {
			a, b := rng.Int64N(40)-20, rng.Int64N(40)-20
			return interval{min(a, b), max(a, b)}
		}
		x, y := pick(), pick()
		for op, f := range holds {
			got := limit(x, op, y, types.Typ[types.Int])
			for a := x.lo; a <= x.hi; a++ {
				any := false
				for b := y.lo; b <= y.hi; b++ {
					any = any || f(a, b)
				}
				if in := a >= got.lo && a <= got.hi; any && !in {
					t.Fatalf("%v %s %v: %d is not in %v", x, op, y, a, got)
				}
			}
		}
	}
	u := types.Typ[types.Uint64]
	if got := limit(everything, token.LSS, interval{0, 10}, u); got != (interval{0, 9}) {
		t.Errorf("unknown uint64 < 10: %v", got)
	}
	if got := limit(everything, token.GTR, interval{5, 10}, u); got != everything {
		t.Errorf("unknown uint64 > 5: %v", got)
	}
	if got := limit(interval{3, 7}, token.LSS, everything, u); got != (interval{3, 7}) {
		t.Errorf("uint64 < unknown: %v", got)
	}
}

// TestUint64: intervals of 64-bit unsigned numbers never claim what numbers
// above the largest signed one could break.
func TestUint64(t *testing.T) {
	u := types.Typ[types.Uint64]
	known := interval{1, 100}
	for _, op := range []token.Token{token.ADD, token.SUB, token.MUL, token.OR, token.XOR, token.SHL, token.QUO, token.AND_NOT} {
		r, exact := arithmetic(op, everything, known, u)
		if got := fit(u, r, exact); got != everything {
			t.Errorf("unknown %s known: %v", op, got)
		}
		if f := flags(op, everything, known, u); f != "" {
			t.Errorf("unknown %s known: flags%s", op, f)
		}
	}
	if r, _ := arithmetic(token.REM, everything, known, u); r != (interval{0, 99}) {
		t.Errorf("unknown %% known: %v", r)
	}
	if r, _ := arithmetic(token.AND, everything, known, u); r != (interval{0, 100}) {
		t.Errorf("unknown & known: %v", r)
	}
	if f := flags(token.SUB, interval{0, 5}, interval{0, 5}, u); strings.Contains(f, "nuw") {
		t.Error("0-5 cannot wrap?")
	}
}
