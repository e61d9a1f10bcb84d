// SPDX-License-Identifier: Apache-2.0

package progen

import (
	"fmt"
	"strings"
)

// stmts writes n statements, as long as the function's budget lasts.
func (g *gen) stmts(n int) {
	for range n {
		if g.budget <= 0 {
			return
		}
		g.budget--
		g.stmt()
	}
}

// block writes statements in a scope of their own.
func (g *gen) block(n int) {
	g.ind++
	mark := len(g.vars)
	g.stmts(n)
	g.vars = g.vars[:mark]
	g.ind--
}

func (g *gen) declare() *variable {
	t := g.varType()
	v := &variable{name: g.fresh("v"), t: t}
	g.line("var %s %s = %s", v.name, t.name, g.expr(t, 3))
	g.line("_ = %s", v.name)
	g.clip(v)
	g.vars = append(g.vars, v)
	return v
}

// clip bounds what grows, and drops capacity that the specification leaves
// open.
func (g *gen) clip(v *variable) {
	switch v.t.kind {
	case kString:
		g.line("if len(%s) > 48 {\n\t\t%s = %s[:48]\n\t}", v.name, v.name, v.name)
	case kSlice:
		g.line("if len(%s) > 24 {\n\t\t%s = %s[:24]\n\t}", v.name, v.name, v.name)
	}
}

func (g *gen) stmt() {
	switch n := g.r.IntN(68); {
	case n < 5:
		g.declare()
	case n < 15:
		g.assign()
	case n < 18:
		g.ifStmt()
	case n < 22:
		g.loop()
	case n < 24:
		g.switchStmt()
	case n < 27:
		g.print()
	case n < 30:
		g.call()
	case n < 32:
		g.closureStmt()
	case n < 34:
		g.ifaceStmt()
	case n < 37:
		g.sliceStmt()
	case n < 40:
		g.mapStmt()
	case n < 41:
		g.generic()
	case n < 42:
		g.deferStmt()
	case n < 43:
		g.swap()
	case n < 47:
		g.panicStmt()
	default:
		g.feature()
	}
}

// assign stores to a variable or a part of one. The value is made first, in a
// statement of its own: what is evaluated first is open when both call or panic,
// and compilers differ.
func (g *gen) assign() {
	t := g.varType()
	list := g.paths(t, true)
	if len(list) == 0 {
		t = pick(g, g.ints)
		list = g.paths(t, true)
	}
	if len(list) == 0 {
		g.declare()
		return
	}
	place := pick(g, list)
	if t.kind == kInt && g.chance(50) {
		if g.chance(30) {
			g.line("%s%s", place, pick(g, []string{"++", "--"}))
			return
		}
		v := g.fresh("t")
		g.line("%s := %s", v, g.expr(t, 2))
		g.line("%s %s %s", place, pick(g, []string{"+=", "-=", "*=", "&=", "|=", "^=", "&^="}), v)
		return
	}
	v := &variable{name: g.fresh("t"), t: t}
	g.line("%s := %s", v.name, g.expr(t, 3))
	g.clip(v)
	g.line("%s = %s", place, v.name)
}

func (g *gen) swap() {
	t := pick(g, g.vars).t
	var list []string
	for _, v := range g.vars {
		if v.t.name == t.name && !v.fixed {
			list = append(list, v.name)
		}
	}
	if len(list) > 1 {
		a, b := pick(g, list), pick(g, list)
		if a != b {
			g.line("%s, %s = %s, %s", a, b, b, a)
		}
	}
}

func (g *gen) ifStmt() {
	g.line("if %s {", g.variable(boolType, 3))
	g.block(1 + g.r.IntN(3))
	if g.chance(50) {
		g.line("} else {")
		g.block(1 + g.r.IntN(3))
	}
	g.line("}")
}

// fuel ends the program's loops when they have run often enough.
func (g *gen) fuel() {
	g.line("\tif fuel--; fuel < 0 {\n\t\t\tbreak\n\t\t}")
}

func (g *gen) loop() {
	if g.loops >= 3 {
		g.print()
		return
	}
	g.loops++
	defer func() { g.loops-- }()
	mark := len(g.vars)
	i := g.fresh("i")
	label := ""
	if g.chance(20) {
		label = g.fresh("L")
		g.line("%s:", label)
	}
	switch g.r.IntN(6) {
	case 0:
		g.line("for %s := range %d {", i, 1+g.r.IntN(8))
		g.vars = append(g.vars, &variable{name: i, t: intType, fixed: g.chance(50)})
	case 1:
		t := pick(g, g.ints)
		g.line("for %s := %s(0); %s < %d; %s++ {", i, t.name, i, 1+g.r.IntN(10), i)
		g.vars = append(g.vars, &variable{name: i, t: t, fixed: true})
	case 2:
		g.line("for %s := range seq(%d) {", i, 1+g.r.IntN(6))
		g.vars = append(g.vars, &variable{name: i, t: intType, fixed: true})
	default:
		v := g.rangeable()
		if v == nil {
			g.line("for %s := range %d {", i, 1+g.r.IntN(8))
			g.vars = append(g.vars, &variable{name: i, t: intType, fixed: true})
			break
		}
		x := g.fresh("x")
		elem := v.t.elem
		if v.t.kind == kString {
			elem = basicInts[3] // rune
		}
		g.line("for %s, %s := range %s {", i, x, v.name)
		g.line("\t_ = %s", x)
		g.vars = append(g.vars, &variable{name: i, t: intType, fixed: true}, &variable{name: x, t: elem})
	}
	g.line("\t_ = %s", i)
	g.fuel()
	g.block(1 + g.r.IntN(3))
	if label != "" {
		g.line("\tif %s {\n\t\t\t%s %s\n\t\t}", g.variable(boolType, 2), pick(g, []string{"break", "continue"}), label)
	} else if g.chance(25) {
		g.line("\tif %s {\n\t\t\t%s\n\t\t}", g.variable(boolType, 2), pick(g, []string{"break", "continue"}))
	}
	g.line("}")
	g.vars = g.vars[:mark]
}

func (g *gen) rangeable() *variable {
	var list []*variable
	for _, v := range g.vars {
		if v.t.kind == kSlice || v.t.kind == kArray || v.t.kind == kString {
			list = append(list, v)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return pick(g, list)
}

func (g *gen) switchStmt() {
	t := pick(g, g.ints)
	g.line("switch %s {", g.variable(t, 2))
	seen := map[string]bool{}
	n := 1 + g.r.IntN(4)
	for i := range n {
		c := g.number(t)
		if seen[c] {
			continue
		}
		seen[c] = true
		g.line("case %s:", c)
		g.block(1 + g.r.IntN(2))
		if i < n-1 && g.chance(10) {
			// What follows is a case or the default.
			g.line("\tfallthrough")
		}
	}
	g.line("default:")
	g.block(1)
	g.line("}")
}

// call calls a function with arguments that call nothing themselves.
func (g *gen) call() {
	if len(g.funcs) == 0 {
		g.print()
		return
	}
	f := pick(g, g.funcs)
	var args, names []string
	for _, t := range f.params {
		args = append(args, g.expr(t, 2))
	}
	var vars []*variable
	for _, t := range f.results {
		v := &variable{name: g.fresh("r"), t: t}
		vars = append(vars, v)
		names = append(names, v.name)
	}
	g.line("%s := %s(%s)", strings.Join(names, ", "), f.name, strings.Join(args, ", "))
	for _, v := range vars {
		g.line("_ = %s", v.name)
		g.clip(v)
	}
	g.vars = append(g.vars, vars...)
}

// closureStmt makes a function literal that may change what it captures, and
// calls it.
func (g *gen) closureStmt() {
	if g.closure >= 2 {
		g.print()
		return
	}
	g.closure++
	loops := g.loops
	g.loops = 2
	name := g.fresh("c")
	p, res := g.varType(), g.varType()
	a := g.fresh("a")
	g.line("%s := func(%s %s) %s {", name, a, p.name, res.name)
	mark := len(g.vars)
	g.vars = append(g.vars, &variable{name: a, t: p})
	g.body([]*typ{res})
	g.vars = g.vars[:mark]
	g.line("}")
	g.loops = loops
	g.closure--
	for range 1 + g.r.IntN(2) {
		v := &variable{name: g.fresh("r"), t: res}
		g.line("%s := %s(%s)", v.name, name, g.expr(p, 2))
		g.line("_ = %s", v.name)
		g.clip(v)
		g.vars = append(g.vars, v)
	}
}

// ifaceStmt calls a method of an interface, or asks for the dynamic type.
func (g *gen) ifaceStmt() {
	e := g.expr(g.iface, 1)
	v := g.fresh("y")
	g.line("%s := %s", v, e)
	switch g.r.IntN(4) {
	case 0:
		r := &variable{name: g.fresh("r"), t: intType}
		g.line("%s := %s.M(%s)", r.name, v, g.expr(intType, 2))
		g.line("_ = %s", r.name)
		g.vars = append(g.vars, r)
	case 1:
		y := g.fresh("w")
		g.line("switch %s := %s.(type) {", y, v)
		for _, t := range g.impls {
			mark := len(g.vars)
			if t.hasMeth {
				g.line("case *%s:", t.name)
				g.line("\t_ = %s", y)
			} else {
				g.line("case %s:", t.name)
				g.line("\t_ = %s", y)
				g.vars = append(g.vars, &variable{name: y, t: t, fixed: true})
			}
			g.block(1)
			g.vars = g.vars[:mark]
		}
		g.line("case nil:\n\t\tprintln(\"nil\")")
		g.line("}")
	default:
		t := pick(g, g.impls)
		if t.hasMeth {
			g.line("_, %s := %s.(*%s)", v+"ok", v, t.name)
			g.line("println(%s)", v+"ok")
			return
		}
		r := &variable{name: g.fresh("r"), t: t}
		g.line("%s, %s := %s.(%s)", r.name, v+"ok", v, t.name)
		g.line("println(%s)", v+"ok")
		g.line("_ = %s", r.name)
		g.vars = append(g.vars, r)
	}
}

// sliceStmt appends, copies or clears.
func (g *gen) sliceStmt() {
	var list []*variable
	for _, v := range g.vars {
		if v.t.kind == kSlice && !v.fixed {
			list = append(list, v)
		}
	}
	if len(list) == 0 {
		g.declare()
		return
	}
	v := pick(g, list)
	switch g.r.IntN(5) {
	case 0:
		g.line("println(copy(%s, %s))", v.name, g.expr(v.t, 1))
	case 1:
		g.line("clear(%s)", v.name)
	case 2:
		w := pick(g, list)
		if w.t.name == v.t.name {
			g.line("%s = append(%s[:len(%s):len(%s)], %s...)", v.name, v.name, v.name, v.name, w.name)
			g.line("%s = %s[:len(%s):len(%s)]", v.name, v.name, v.name, v.name)
			g.clip(v)
			return
		}
		fallthrough
	default:
		var args []string
		for range 1 + g.r.IntN(3) {
			args = append(args, g.expr(v.t.elem, 2))
		}
		g.line("%s = append(%s[:len(%s):len(%s)], %s)", v.name, v.name, v.name, v.name, strings.Join(args, ", "))
		g.line("%s = %s[:len(%s):len(%s)]", v.name, v.name, v.name, v.name)
		g.clip(v)
	}
}

func (g *gen) mapStmt() {
	var list []*variable
	for _, v := range g.vars {
		if v.t.kind == kMap {
			list = append(list, v)
		}
	}
	if len(list) == 0 {
		k, e := g.fieldType(), g.fieldType()
		t := &typ{kind: kMap, name: "map[" + k.name + "]" + e.name, key: k, elem: e}
		v := &variable{name: g.fresh("m"), t: t}
		g.line("%s := %s{}", v.name, t.name)
		g.vars = append(g.vars, v)
		list = append(list, v)
	}
	m := pick(g, list)
	k := g.fresh("k")
	g.line("%s := %s", k, g.expr(m.t.key, 2))
	switch g.r.IntN(6) {
	case 0:
		g.line("delete(%s, %s)", m.name, k)
	case 1:
		ok := g.fresh("ok")
		g.line("_, %s := %s[%s]", ok, m.name, k)
		g.line("println(%s)", ok)
	case 2:
		// The order of a loop over a map is open: only a sum comes out.
		s := g.fresh("s")
		g.line("%s := len(%s)", s, m.name)
		g.line("for k, e := range %s {\n\t\t_, _ = k, e", m.name)
		if m.t.key.kind == kInt {
			g.line("\t%s += int(k) * 3", s)
		}
		if m.t.elem.kind == kInt {
			g.line("\t%s ^= int(e)<<1 - int(e)", s)
			g.line("\t%s -= 0", s)
		}
		if g.chance(20) {
			g.line("\tdelete(%s, k)", m.name)
		}
		g.line("}")
		if m.t.key.kind == kInt && m.t.elem.kind == kInt {
			g.line("_ = %s", s) // both operators together depend on the order
		} else {
			g.line("println(%s)", s)
		}
	default:
		v := g.fresh("e")
		g.line("%s := %s", v, g.expr(m.t.elem, 2))
		g.line("%s[%s] = %s", m.name, k, v)
	}
	g.line("_ = %s", k)
}

func (g *gen) generic() {
	t := pick(g, g.ints)
	r := &variable{name: g.fresh("r"), t: t}
	g.line("%s := gen(%s, %s)", r.name, g.variable(t, 2), g.expr(t, 2))
	g.line("_ = %s", r.name)
	g.vars = append(g.vars, r)
}

func (g *gen) deferStmt() {
	if !g.defers || g.inDefer {
		g.print()
		return
	}
	g.inDefer = true
	defer func() { g.inDefer = false }()
	if g.chance(40) {
		g.line("defer println(%s)", g.expr(pick(g, g.ints), 2))
		return
	}
	loops := g.loops
	g.loops = 2
	t := g.varType()
	a := g.fresh("a")
	g.line("defer func(%s %s) {", a, t.name)
	mark := len(g.vars)
	g.vars = append(g.vars, &variable{name: a, t: t})
	g.body(nil)
	g.vars = g.vars[:mark]
	g.line("}(%s)", g.expr(t, 2))
	g.loops = loops
}

// panicStmt does one thing that may panic, with operands that are variables:
// in an expression with two such things, their order is open.
func (g *gen) panicStmt() {
	if g.defers {
		g.print()
		return
	}
	it := pick(g, g.ints)
	x, y := g.fresh("x"), g.fresh("y")
	g.line("%s, %s := %s, %s", x, y, g.variable(it, 2), g.variable(it, 2))
	g.line("_, _ = %s, %s", x, y)
	if g.chance(60) {
		// Near the limits of what follows.
		g.line("%s, %s = %s&7, %s&7", x, y, x, y)
	}
	s := g.fresh("s")
	switch g.r.IntN(14) {
	case 0:
		g.line("println(%s / %s)", x, y)
	case 1:
		g.line("println(%s %% %s)", x, y)
	case 2:
		g.line("println(%s %s %s)", x, pick(g, []string{"<<", ">>"}), y)
	case 3:
		g.line("%s := %s", s, g.expr(stringType, 2))
		g.line("println(%s[%s])", s, x)
	case 4:
		g.line("%s := %s", s, g.expr(stringType, 2))
		g.line("println(%s[%s])", s, pick(g, []string{x + ":" + y, ":" + x, x + ":"}))
	case 5, 6:
		t := &typ{kind: kSlice, name: "[]" + it.name, elem: it}
		g.line("%s := %s", s, g.expr(t, 2))
		// What capacity append leaves is up to the compiler.
		g.line("%s = %s[:len(%s):len(%s)]", s, s, s, s)
		g.line("%s = %s[%s]", s, s, pick(g, []string{x + ":" + y, ":" + x, x + ":", x + ":" + y + ":" + y, ":" + x + ":" + y}))
		g.line("println(len(%s), cap(%s) >= len(%s))", s, s, s)
	case 7:
		t := g.array(it)
		g.line("%s := %s", s, g.expr(t, 2))
		g.line("%s[%s] = %s", s, x, y)
		g.line("println(%s[0])", s)
	case 8:
		t := pick(g, g.structs)
		g.line("var %s *%s", s, t.name)
		g.line("if %s > %s {\n\t\t%s = new(%s)\n\t}", x, y, s, t.name)
		g.line("%s.F%d = %s", s, len(t.fields)-1, g.literal(t.fields[len(t.fields)-1]))
	case 9:
		g.line("var %s map[%s]int", s, it.name)
		g.line("if %s < %s {\n\t\t%s = map[%s]int{}\n\t}", x, y, s, it.name)
		g.line("%s[%s]++", s, x)
	case 10:
		g.line("var %s any = %s", s, pick(g, []string{x, "int(" + y + ")", g.literal(stringType), g.literal(pick(g, g.structs))}))
		g.line("println(%s.(%s))", s, pick(g, g.ints).name)
	case 11:
		g.line("var %s func(%s) int", s, it.name)
		g.line("if %s < %s {\n\t\t%s = func(a %s) int { return int(a) }\n\t}", x, y, s, it.name)
		g.line("println(%s(%s))", s, x)
	case 12:
		g.line("%s := make([]%s, %s)", s, it.name, "uint8("+x+")%9")
		g.line("println((*[%d]%s)(%s)[0])", 1+g.r.IntN(5), it.name, s)
	default:
		arg := pick(g, []string{x, "string(rune(" + x + "))", g.expr(boolType, 1), fmt.Sprintf("%q", "end"), "any(" + y + ")"})
		g.line("if %s > %s {\n\t\tpanic(%s)\n\t}", x, y, arg)
	}
}
