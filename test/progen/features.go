// SPDX-License-Identifier: Apache-2.0

package progen

import (
	"fmt"
	"strings"
)

// feature writes a statement about one feature of the language, with what it
// interacts with. They all keep the package's promise: one thing that may panic
// or be called in a statement, and no operand that the specification leaves
// open.
func (g *gen) feature() {
	pick(g, []func(*gen){
		(*gen).methodValue, (*gen).embedding, (*gen).compareAny, (*gen).anyKeys, (*gen).errorValue,
		(*gen).appendAlias, (*gen).copyOverlap, (*gen).pointerAlias, (*gen).arrayValue, (*gen).tuple,
		(*gen).counters, (*gen).loopCapture, (*gen).recursion, (*gen).iterators, (*gen).returnInLoop,
		(*gen).genericTypes, (*gen).higherOrder, (*gen).variadic,
		(*gen).conversions, (*gen).stringSwitch, (*gen).stringLoop,
		(*gen).mapOfThings, (*gen).constants, (*gen).gotoLoop, (*gen).namedResult, (*gen).anonymous,
		(*gen).bitsCalls, (*gen).sorting, (*gen).toArray, (*gen).nestedLabels,
	})(g)
}

// val declares a variable of type t and adds it to the scope.
func (g *gen) val(t *typ, e string) *variable {
	v := &variable{name: g.fresh("v"), t: t}
	g.line("%s := %s", v.name, e)
	g.line("_ = %s", v.name)
	g.vars = append(g.vars, v)
	return v
}

// inner runs f, whose variables are in a scope that ends, indented.
func (g *gen) inner(f func()) {
	g.ind++
	mark := len(g.vars)
	f()
	g.vars = g.vars[:mark]
	g.ind--
}

// small is an expression of type int between 0 and n-1.
func (g *gen) small(n int) string {
	return fmt.Sprintf("int(uint8(%s)%%%d)", g.variable(pick(g, g.ints), 1), n)
}

// methodValue binds methods to values, to types and to interfaces.
func (g *gen) methodValue() {
	t := pick(g, g.impls)
	f, r := g.fresh("f"), g.fresh("y")
	arg := g.expr(intType, 2)
	switch {
	case g.chance(30):
		g.line("%s := %s", r, g.implementation())
		g.line("%s := %s.M", f, r)
		if g.chance(50) {
			g.line("%s = %s", r, g.implementation())
		}
		g.line("_ = %s", r)
	case t.hasMeth:
		g.line("%s := %s", r, g.expr(t, 2))
		if g.chance(50) {
			g.line("%s := %s.M", f, r)
			g.line("%s.F0 = %s", r, g.expr(t.fields[0], 1))
		} else {
			g.line("%s := func(a int) int { return (*%s).M(&%s, a) }", f, t.name, r)
		}
	default:
		g.line("%s := %s", r, g.expr(t, 2))
		switch g.r.IntN(3) {
		case 0:
			// The receiver is copied now.
			g.line("%s := %s.M", f, r)
			g.line("%s = %s", r, g.expr(t, 1))
			g.line("_ = %s", r)
		case 1:
			g.line("%s := func(a int) int { return %s.M(%s, a) }", f, t.name, r)
		default:
			g.line("%s := (&%s).M", f, r)
		}
	}
	g.val(intType, fmt.Sprintf("%s(%s)", f, arg))
}

// embedding promotes fields and methods.
func (g *gen) embedding() {
	s := pick(g, g.structs)
	e, x := g.fresh("E"), g.fresh("x")
	if g.chance(30) {
		g.line("type %s struct {\n\t\t*%s\n\t\tX int16\n\t}", e, s.name)
		lit := fmt.Sprintf("&%s", g.literal(s))
		if !g.defers && g.chance(20) {
			lit = "nil"
		}
		g.line("%s := %s{%s, %s}", x, e, lit, g.expr(basicInts[2], 1))
	} else {
		g.line("type %s struct {\n\t\tX int8\n\t\t%s\n\t}", e, s.name)
		g.line("%s := %s{%s, %s}", x, e, g.expr(basicInts[1], 1), g.expr(s, 2))
	}
	last := len(s.fields) - 1
	g.line("%s.F%d = %s", x, last, g.expr(s.fields[last], 0))
	y := g.fresh("y")
	g.line("var %s %s = &%s", y, g.iface.name, x)
	g.val(intType, fmt.Sprintf("%s.M(%s)", y, g.expr(intType, 1)))
	g.val(intType, "int("+x+".X)")
}

// anyValue is a value of some type for an interface; comparable or not.
func (g *gen) anyValue(comparable bool) string {
	n := 6
	if !comparable {
		n = 7
	}
	switch g.r.IntN(n) {
	case 0:
		return g.literal(pick(g, g.structs))
	case 1:
		return g.literal(stringType)
	case 2:
		return "nil"
	case 3:
		return fmt.Sprintf("[2]any{%s, %s}", g.literal(pick(g, g.ints)), g.literal(boolType))
	case 6:
		return "[]int{}"
	}
	t := pick(g, g.ints)
	return g.variable(t, 1) + " & 1"
}

// compareAny compares interfaces, which panics when both hold the same type
// and it is not comparable.
func (g *gen) compareAny() {
	a, b := g.fresh("y"), g.fresh("y")
	g.line("var %s, %s any = %s, %s", a, b, g.anyValue(g.defers), g.anyValue(g.defers))
	if g.chance(30) {
		g.line("%s = %s", a, b)
	}
	g.line("pb(%s == %s)", a, b)
	x := g.fresh("w")
	g.line("switch %s := %s.(type) {", x, a)
	t := pick(g, g.ints)
	g.line("case string, bool:\n\t\tpb(%s == nil)", x)
	g.line("case %s:", t.name)
	g.inner(func() {
		g.vars = append(g.vars, &variable{name: x, t: t, fixed: true})
		g.line("_ = %s", x)
		g.stmts(1)
	})
	g.line("case interface{ M(int) int }:")
	g.line("\tpi(int64(%s.M(%s)))", x, g.small(9))
	g.line("default:\n\t\t_ = %s\n\t\tps(\"other\")\n\t}", x)
}

// anyKeys uses interfaces, arrays and structs as keys of maps.
func (g *gen) anyKeys() {
	m := g.fresh("m")
	g.line("%s := map[any]int{}", m)
	for range 2 + g.r.IntN(3) {
		g.line("%s[%s] += %s", m, g.anyValue(g.defers || g.chance(80)), g.small(100))
	}
	g.line("pi(int64(len(%s)))", m)
	s := g.fresh("s")
	g.line("%s := 0", s)
	g.line("for k, e := range %s {\n\t\tif k != nil {\n\t\t\t%s += e\n\t\t}\n\t}", m, s)
	g.line("pi(int64(%s))", s)
}

// errorValue passes errors about, and may panic with one.
func (g *gen) errorValue() {
	e := g.fresh("err")
	g.line("var %s error", e)
	g.line("if %s {\n\t\t%s = fault{%s}\n\t}", g.variable(boolType, 2), e, g.small(16))
	g.line("if %s != nil {\n\t\tps(%s.Error())\n\t}", e, e)
	ok := g.fresh("ok")
	g.line("_, %s := %s.(interface{ String() string })", ok, e)
	g.line("pb(%s)", ok)
	if g.defers {
		return
	}
	switch g.r.IntN(5) {
	case 0:
		g.line("if %s {\n\t\tpanic(%s)\n\t}", g.variable(boolType, 2), e)
	case 1:
		g.line("if %s {\n\t\tpanic(tag(%s))\n\t}", g.variable(boolType, 2), g.literal(stringType))
	case 2:
		g.line("pi(int64(%s.(fault).code))", e)
	case 3:
		g.line("ps(%s.(interface{ String() string }).String())", e)
	}
}

// appendAlias appends to slices that share an array: what fits is written
// there, what does not goes elsewhere.
func (g *gen) appendAlias() {
	t := pick(g, g.ints)
	a, b, c := g.fresh("s"), g.fresh("s"), g.fresh("s")
	n := 1 + g.r.IntN(5)
	g.line("%s := make([]%s, %d, %d)", a, t.name, n, n+g.r.IntN(4))
	g.line("%s := append(%s, %s)", b, a, g.expr(t, 1))
	g.line("%s := append(%s, %s, %s)", c, a[:len(a)]+fmt.Sprintf("[:%s]", g.small(n+1)), g.expr(t, 1), g.expr(t, 1))
	g.line("%s[0] ^= %s", c, g.expr(t, 1))
	g.line("%s[%s] += %s", b, g.small(n), g.expr(t, 1))
	for _, s := range []string{a, b, c} {
		g.showElems(&variable{name: s, t: &typ{kind: kSlice, elem: t}})
	}
}

// copyOverlap copies between overlapping slices and reslices with three
// indices.
func (g *gen) copyOverlap() {
	t := pick(g, g.ints)
	s := g.fresh("s")
	var list []string
	for range 6 {
		list = append(list, g.expr(t, 1))
	}
	g.line("%s := []%s{%s}", s, t.name, strings.Join(list, ", "))
	i, j := g.small(6), g.small(6)
	g.line("pi(int64(copy(%s[%s:], %s[%s:])))", s, i, s, j)
	w := g.fresh("s")
	lo := g.r.IntN(3)
	hi := lo + g.r.IntN(3)
	g.line("%s := %s[%d:%d:%d]", w, s, lo, hi, hi+g.r.IntN(6-hi+1))
	g.line("%s = append(%s, %s)", w, w, g.expr(t, 1))
	v := &variable{name: s, t: &typ{kind: kSlice, name: "[]" + t.name, elem: t}}
	g.vars = append(g.vars, v)
	g.showElems(v)
	if t == byteType {
		g.line("pi(int64(copy(%s, %s)))", s, g.expr(stringType, 1))
	}
}

// pointerAlias writes through pointers into the same memory.
func (g *gen) pointerAlias() {
	t := pick(g, g.structs)
	x, p, q := g.fresh("x"), g.fresh("ptr"), g.fresh("q")
	f := g.r.IntN(len(t.fields))
	g.line("%s := %s", x, g.expr(t, 1))
	g.line("%s := &%s", p, x)
	g.line("%s := &%s.F%d", q, p, f)
	g.line("*%s = %s", q, g.expr(t.fields[f], 1))
	y := g.val(t, "*"+p)
	g.line("%s = %s", x, g.expr(t, 1))
	g.line("pb(*%s == %s.F%d)", q, y.name, f)
	g.line("pb(%s == *%s)", y.name, p)
	pp := g.fresh("pp")
	g.line("%s := &%s", pp, p)
	if g.chance(50) {
		g.line("*%s = new(%s)", pp, t.name)
	}
	g.line("(*%s).F%d = *%s", pp, f, q)
	g.show(&variable{name: x, t: t})
	g.line("pb(%s == &%s)", p, x)
}

// arrayValue copies arrays, also by ranging over them.
func (g *gen) arrayValue() {
	a := g.array(pick(g, append([]*typ{pick(g, g.ints)}, g.structs...)))
	x := g.val(a, g.expr(a, 2))
	y := g.val(a, x.name)
	i := g.small(a.length)
	g.line("%s[%s] = %s", y.name, i, g.expr(a.elem, 1))
	g.line("pb(%s == %s)", x.name, y.name)
	over := x.name
	if g.chance(30) {
		over = "&" + over
	}
	g.line("for i, e := range %s {", over)
	g.line("\t%s[(i+1)%%%d] = e", x.name, a.length)
	g.line("}")
	g.line("pb(%s == %s)", x.name, y.name)
	z := g.fresh("z")
	g.line("%s := [2]%s{%s, %s}", z, a.name, x.name, y.name)
	g.line("%s[%s][%s] = %s", z, g.small(2), g.small(a.length), g.expr(a.elem, 1))
	g.line("pb(%s[0] == %s[1])", z, z)
}

// tuple assigns several places at once.
func (g *gen) tuple() {
	t := pick(g, g.ints)
	s, i := g.fresh("s"), g.fresh("i")
	g.line("%s, %s := [4]%s{1, 2, 3, 4}, %s", s, i, t.name, g.small(3))
	switch g.r.IntN(3) {
	case 0:
		g.line("%s, %s[%s], %s[%s+1] = %s+1, %s[%s+1], %s[%s]", i, s, i, s, i, i, s, i, s, i)
	case 1:
		g.line("%s[%s], %s = %s, %s[%s]&1 != 0 && %s", s, i, g.fresh("_")[:1], g.expr(t, 1), s, i, g.expr(boolType, 1))
	default:
		g.line("%s[0], %s[1], %s[2], %s[3] = %s[3], %s[0], %s[1], %s[2]", s, s, s, s, s, s, s, s)
	}
	g.line("pi(int64(%s))", i)
	g.showElems(&variable{name: s, t: &typ{kind: kArray, elem: t}})
}

// counters makes closures that share a variable and outlive its function.
func (g *gen) counters() {
	t := pick(g, g.ints)
	mk, a, b := g.fresh("mk"), g.fresh("c"), g.fresh("c")
	g.line("%s := func(n %s) (func() %s, func(%s)) {", mk, t.name, t.name, t.name)
	g.line("\treturn func() %s { n += %s; return n }, func(d %s) { n ^= d }", t.name, g.number(t), t.name)
	g.line("}")
	g.line("%s, %s := %s(%s)", a, b, mk, g.expr(t, 1))
	g.line("_ = %s", b)
	for range 1 + g.r.IntN(3) {
		if g.chance(50) {
			g.line("%s(%s)", b, g.expr(t, 1))
		}
		g.val(t, a+"()")
	}
}

// loopCapture keeps closures of a loop, whose variable is a new one each time
// round, and calls them after it.
func (g *gen) loopCapture() {
	f, n := g.fresh("f"), 2+g.r.IntN(3)
	g.line("var %s []func(int) int", f)
	if g.chance(50) {
		g.line("for i := 0; i < %d; i++ {", n)
		g.line("\t%s = append(%s, func(a int) int { i += a; return i })", f, f)
		if g.chance(50) {
			g.line("\ti += %d", g.r.IntN(2))
		}
	} else {
		v := g.expr(intType, 1)
		g.line("for i := range %d {", n)
		g.line("\tx := %s + i", v)
		g.line("\t%s = append(%s, func(a int) int { x += a * i; return x })", f, f)
	}
	g.line("}")
	g.line("for i, f := range %s {\n\t\tpi(int64(f(i) - f(1)))\n\t}", f)
}

// recursion calls closures that call themselves, not deep.
func (g *gen) recursion() {
	t := pick(g, g.ints)
	f := g.fresh("f")
	g.line("var %s func(n int, a %s) %s", f, t.name, t.name)
	g.line("%s = func(n int, a %s) %s {", f, t.name, t.name)
	g.line("\tif n <= 0 {\n\t\t\treturn a\n\t\t}")
	g.line("\tx := %s(n-1, a*3+%s)", f, t.name+"(n)")
	g.line("\treturn x ^ %s(n-2, %s)", f, g.variable(t, 1))
	g.line("}")
	g.val(t, fmt.Sprintf("%s(%s, %s)", f, g.small(7), g.expr(t, 1)))
}

// iterators ranges over functions that call functions.
func (g *gen) iterators() {
	t := pick(g, g.ints)
	var list []string
	for range 5 {
		list = append(list, g.expr(t, 1))
	}
	s := g.fresh("s")
	g.line("%s := []%s{%s}", s, t.name, strings.Join(list, ", "))
	acc, k := g.fresh("acc"), g.expr(t, 1)
	g.line("%s := %s", acc, g.expr(t, 1))
	label := ""
	if g.chance(40) {
		label = g.fresh("L")
		g.line("%s:", label)
	}
	x := g.fresh("x")
	g.line("for %s := range only(each(%s), func(v %s) bool { return v != %s }) {", x, s, t.name, k)
	g.inner(func() {
		g.vars = append(g.vars, &variable{name: x, t: t}, &variable{name: acc, t: t})
		g.line("%s = %s*5 + %s", acc, acc, x)
		if label != "" {
			g.line("for i, y := range each(%s) {", s)
			g.line("\t%s += y >> (uint(i) & 3)", acc)
			g.line("\tif %s {\n\t\t\t%s %s\n\t\t}", g.variable(boolType, 2), pick(g, []string{"break", "continue"}), label)
			g.line("}")
		}
		if g.chance(50) {
			g.stmts(1)
		}
		if g.chance(40) {
			g.line("if %s {\n\t\t\t%s\n\t\t}", g.variable(boolType, 2), pick(g, []string{"break", "continue"}))
		}
	})
	g.line("}")
	g.vars = append(g.vars, &variable{name: acc, t: t})
	g.trace(t, acc)
}

// returnInLoop leaves a function from within loops over functions.
func (g *gen) returnInLoop() {
	f := g.fresh("f")
	t := pick(g, g.ints)
	g.line("%s := func(n int) (r %s, ok bool) {", f, t.name)
	if g.defers && !g.inDefer && g.chance(60) {
		g.line("\tdefer func() { r += 3; pb(ok) }()")
	}
	g.line("\tfor i, q := range seq(n) {")
	if g.defers && !g.inDefer && g.chance(40) {
		g.line("\t\tdefer func() { r ^= %s(i) }()", t.name)
	}
	g.line("\t\tfor j := range seq(i) {")
	g.line("\t\t\tif i*j > %s {\n\t\t\t\treturn %s(q + j), true\n\t\t\t}", g.small(9), t.name)
	g.line("\t\t}")
	g.line("\t\tr += %s(q)", t.name)
	g.line("\t}")
	g.line("\treturn r, false")
	g.line("}")
	r, ok := g.fresh("r"), g.fresh("ok")
	g.line("%s, %s := %s(%s)", r, ok, f, g.small(7))
	g.line("pb(%s)", ok)
	g.vars = append(g.vars, &variable{name: r, t: t}, &variable{name: ok, t: boolType})
	g.trace(t, r)
}
