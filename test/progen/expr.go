// SPDX-License-Identifier: Apache-2.0

package progen

import (
	"fmt"
	"strconv"
	"strings"
)

// expr returns an expression of type t without function calls, so that order
// of evaluation does not matter.
func (g *gen) expr(t *typ, depth int) string {
	s, _ := g.exprConst(t, depth)
	return s
}

// variable returns an expression that is not constant.
func (g *gen) variable(t *typ, depth int) string {
	s, c := g.exprConst(t, depth)
	if !c {
		return s
	}
	switch t.kind {
	case kInt:
		return "(" + g.zero(t) + " + " + s + ")"
	case kBool:
		return "(" + s + " != (" + g.zero(intType) + " != 0))"
	}
	return s
}

// exprConst also says whether the expression is constant.
func (g *gen) exprConst(t *typ, depth int) (string, bool) {
	if depth <= 0 || g.chance(25) {
		return g.leaf(t)
	}
	switch t.kind {
	case kInt:
		return g.intExpr(t, depth-1), false
	case kBool:
		return g.boolExpr(depth - 1), false
	case kString:
		return g.stringExpr(depth - 1), false
	case kSlice:
		return g.sliceExpr(t, depth-1), false
	case kStruct:
		var list []string
		for _, f := range t.fields {
			list = append(list, g.expr(f, depth-1))
		}
		return t.name + "{" + strings.Join(list, ", ") + "}", false
	case kArray:
		var list []string
		for range t.length {
			list = append(list, g.expr(t.elem, depth-1))
		}
		return t.name + "{" + strings.Join(list, ", ") + "}", false
	}
	return g.leaf(t)
}

// paths lists expressions of type t that read variables and their parts.
func (g *gen) paths(t *typ, assign bool) []string {
	var out []string
	for _, v := range g.vars {
		if assign && v.fixed {
			continue
		}
		g.path(v.name, v.t, t, 2, assign, &out)
	}
	return out
}

// path adds what can be reached from expression e of type have.
func (g *gen) path(e string, have, want *typ, depth int, assign bool, out *[]string) {
	if have.name == want.name {
		*out = append(*out, e)
	}
	if depth == 0 {
		return
	}
	switch have.kind {
	case kStruct:
		for i, f := range have.fields {
			g.path(fmt.Sprintf("%s.F%d", e, i), f, want, depth-1, assign, out)
		}
	case kArray:
		g.path(e+"["+g.index(have.length)+"]", have.elem, want, depth-1, assign, out)
	case kSlice:
		g.path(e+"["+g.index(minSlice)+"]", have.elem, want, depth-1, assign, out)
	case kPtr:
		if have.elem.kind == kStruct {
			for i, f := range have.elem.fields {
				g.path(fmt.Sprintf("%s.F%d", e, i), f, want, depth-1, assign, out)
			}
			return
		}
		if have.elem.name == want.name {
			*out = append(*out, "(*"+e+")")
		}
	case kMap:
		if !assign && have.elem.name == want.name {
			*out = append(*out, e+"["+g.literal(have.key)+"]")
		}
	}
}

// minSlice is how many elements every slice has at least, so that an index
// can be made that is in range.
const minSlice = 4

// index is an index expression below n.
func (g *gen) index(n int) string {
	var vars []string
	for _, v := range g.vars {
		if v.t.kind == kInt {
			vars = append(vars, v.name)
		}
	}
	if len(vars) == 0 {
		return g.zero(intType)
	}
	return fmt.Sprintf("uint8(%s)%%%d", pick(g, vars), n)
}

func (g *gen) leaf(t *typ) (string, bool) {
	if g.chance(75) {
		if list := g.paths(t, false); len(list) > 0 {
			return pick(g, list), false
		}
	}
	switch t.kind {
	case kPtr:
		return g.pointer(t), false
	case kIface:
		return g.implementation(), false
	case kMap:
		if g.chance(50) {
			return t.name + "{}", false
		}
		k, v := g.literal(t.key), g.expr(t.elem, 0)
		return t.name + "{" + k + ": " + v + "}", false
	}
	return g.literal(t), t.kind <= kString
}

// pointer is a pointer to a variable, an element or something new.
func (g *gen) pointer(t *typ) string {
	if list := g.addressable(t.elem); len(list) > 0 && g.chance(70) {
		return "&" + pick(g, list)
	}
	return "new(" + t.elem.name + ")"
}

// addressable lists variables, fields and elements whose address can be taken.
func (g *gen) addressable(t *typ) []string {
	var out []string
	for _, e := range g.paths(t, true) {
		if !strings.HasPrefix(e, "(*") {
			out = append(out, e)
		}
	}
	return out
}

func (g *gen) implementation() string {
	t := pick(g, g.impls)
	switch {
	case t.kind == kInt:
		return g.iface.name + "(" + t.name + "(" + g.expr(t, 0) + "))"
	case t.hasMeth:
		return g.iface.name + "(&" + g.literal(t) + ")"
	}
	return g.iface.name + "(" + g.literal(t) + ")"
}

// literal is a constant, or a composite literal of constants.
func (g *gen) literal(t *typ) string {
	switch t.kind {
	case kInt:
		return t.name + "(" + g.number(t) + ")"
	case kBool:
		return pick(g, []string{"true", "false"})
	case kString:
		return strconv.Quote(pick(g, []string{"", "a", "hello", "\x00\xff", "größe", "日本語", "abc", "xyzzy plugh", "\U0001F600"}))
	case kStruct:
		var list []string
		for _, f := range t.fields {
			list = append(list, g.literal(f))
		}
		return t.name + "{" + strings.Join(list, ", ") + "}"
	case kArray, kSlice:
		n := t.length
		if t.kind == kSlice {
			n = minSlice + g.r.IntN(4)
		}
		var list []string
		for range n {
			list = append(list, g.literal(t.elem))
		}
		return t.name + "{" + strings.Join(list, ", ") + "}"
	case kPtr:
		return "new(" + t.elem.name + ")"
	case kMap:
		return t.name + "{}"
	}
	return "nil"
}

// number is a constant in the type's range, often an extreme one.
func (g *gen) number(t *typ) string {
	lo, hi := int64(0), uint64(1)<<t.bits-1
	if t.bits == 64 {
		hi = ^uint64(0)
	}
	if t.signed {
		lo, hi = -1<<(t.bits-1), 1<<(t.bits-1)-1
	}
	switch g.r.IntN(7) {
	case 0:
		return strconv.FormatInt(lo, 10)
	case 1:
		return strconv.FormatUint(hi, 10)
	case 2:
		if t.signed {
			return "-1"
		}
		return "1"
	case 3:
		return strconv.FormatUint(1<<g.r.IntN(t.bits-1), 10)
	case 4:
		return strconv.FormatUint(g.r.Uint64()&(hi>>1), 10)
	}
	return strconv.Itoa(g.r.IntN(20))
}

func (g *gen) intExpr(t *typ, depth int) string {
	switch n := g.r.IntN(20); {
	case n < 9:
		op := pick(g, []string{"+", "-", "*", "&", "|", "^", "&^"})
		return "(" + g.variable(t, depth) + " " + op + " " + g.expr(t, depth) + ")"
	case n < 11:
		op := pick(g, []string{"/", "%"})
		return "(" + g.variable(t, depth) + " " + op + " (" + g.variable(t, depth) + " | 1))"
	case n < 14:
		op := pick(g, []string{"<<", ">>"})
		ct := pick(g, g.ints)
		c := g.variable(ct, depth)
		switch {
		case g.chance(60):
			c = "(" + c + " & 63)"
		case ct.signed:
			c = "uint8(" + c + ")"
		}
		return "(" + g.variable(t, depth) + " " + op + " " + c + ")"
	case n < 16:
		op := pick(g, []string{"-", "^", "+"})
		return "(" + op + g.variable(t, depth) + ")"
	case n < 19:
		from := pick(g, g.ints)
		return t.name + "(" + g.variable(from, depth) + ")"
	}
	op := pick(g, []string{"min", "max"})
	return op + "(" + g.variable(t, depth) + ", " + g.expr(t, depth) + ")"
}

func (g *gen) boolExpr(depth int) string {
	cmp := []string{"==", "!=", "<", "<=", ">", ">="}
	switch n := g.r.IntN(12); {
	case n < 5:
		t := pick(g, g.ints)
		return "(" + g.variable(t, depth) + " " + pick(g, cmp) + " " + g.expr(t, depth) + ")"
	case n < 7:
		return "(" + g.expr(stringType, depth) + " " + pick(g, cmp) + " " + g.expr(stringType, depth) + ")"
	case n < 9:
		return "(" + g.expr(boolType, depth) + " " + pick(g, []string{"&&", "||"}) + " " + g.expr(boolType, depth) + ")"
	case n < 10:
		return "!" + g.expr(boolType, depth)
	}
	t := g.fieldType()
	if list := g.paths(t, false); len(list) > 0 {
		return "(" + pick(g, list) + " " + pick(g, cmp[:2]) + " " + pick(g, list) + ")"
	}
	return "(" + g.variable(intType, depth) + " == 0)"
}

func (g *gen) stringExpr(depth int) string {
	switch n := g.r.IntN(8); {
	case n < 3:
		return "(" + g.expr(stringType, depth) + " + " + g.expr(stringType, depth) + ")"
	case n < 5:
		return "string(rune(" + g.variable(pick(g, g.ints), depth) + "))"
	case n < 7:
		for _, v := range g.vars {
			if v.t.kind == kSlice && v.t.elem == byteType {
				return "string(" + v.name + ")"
			}
		}
	}
	s, _ := g.leaf(stringType)
	return s
}

func (g *gen) sliceExpr(t *typ, depth int) string {
	switch n := g.r.IntN(8); {
	case n < 3:
		var list []string
		for range minSlice + g.r.IntN(4) {
			list = append(list, g.expr(t.elem, depth))
		}
		return t.name + "{" + strings.Join(list, ", ") + "}"
	case n < 4:
		return fmt.Sprintf("make(%s, %d, %d)", t.name, minSlice+g.r.IntN(3), 8+g.r.IntN(3))
	}
	s, _ := g.leaf(t)
	return s
}
