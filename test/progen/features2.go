// SPDX-License-Identifier: Apache-2.0

package progen

import (
	"fmt"
	"strconv"
	"strings"
)

// genericTypes uses the prelude's generic types.
func (g *gen) genericTypes() {
	t := g.fieldType()
	switch g.r.IntN(3) {
	case 0:
		s := g.fresh("st")
		g.line("var %s stack[%s]", s, t.name)
		g.line("%s.push(%s).push(%s)", s, g.expr(t, 2), g.expr(t, 1))
		v, ok := g.fresh("v"), g.fresh("ok")
		g.line("%s, %s := %s.pop()", v, ok, s)
		g.line("pb(%s)", ok)
		g.line("_ = %s", v)
		g.vars = append(g.vars, &variable{name: v, t: t})
		g.show(g.vars[len(g.vars)-1])
	case 1:
		k := pick(g, g.ints)
		p := g.fresh("pr")
		g.line("%s := pair[%s, %s]{v: %s}", p, k.name, t.name, g.expr(t, 1))
		g.line("%s.set(%s, %s.v)", p, g.expr(k, 2), p)
		g.line("pb(%s.is(%s))", p, g.expr(k, 1))
		g.val(k, p+".k")
		g.line("pb(%s == pair[%s, %s]{})", p, k.name, t.name)
	default:
		l := g.fresh("l")
		g.line("var %s *list[%s]", l, t.name)
		for range 1 + g.r.IntN(3) {
			g.line("%s = %s.add(%s)", l, l, g.expr(t, 1))
		}
		g.line("%s = %s.reverse()", l, l)
		v := g.val(t, l+".v")
		g.show(v)
		if !g.defers && g.chance(30) {
			g.line("pb(%s.next.next.v == %s)", l, v.name)
		}
	}
}

// higherOrder passes functions to generic functions.
func (g *gen) higherOrder() {
	t, u := pick(g, g.ints), pick(g, g.ints)
	var list []string
	for range 4 {
		list = append(list, g.expr(t, 1))
	}
	k := g.val(u, g.expr(u, 1))
	m := g.fresh("m")
	g.line("%s := apply([]%s{%s}, func(v %s) %s { %s++; return %s(v) * %s })", m, t.name, strings.Join(list, ", "),
		t.name, u.name, k.name, u.name, k.name)
	g.vars = append(g.vars, &variable{name: m, t: &typ{kind: kSlice, name: "[]" + u.name, elem: u}})
	r := g.val(stringType, fmt.Sprintf(`fold(%s, "", func(s string, v %s) string { return s + string(rune('a'+v&15)) })`, m, u.name))
	g.line("ps(%s)", r.name)
}

// variadic calls a function with any number of arguments.
func (g *gen) variadic() {
	t := pick(g, g.ints)
	var list []string
	for range 1 + g.r.IntN(4) {
		list = append(list, g.variable(t, 1))
	}
	if g.chance(30) {
		for _, v := range g.vars {
			if v.t.kind == kSlice && v.t.elem == t {
				list = []string{list[0], v.name + "..."}
				break
			}
		}
	}
	g.val(t, "sum("+strings.Join(list, ", ")+")")
}

// conversions converts between strings, bytes and runes.
func (g *gen) conversions() {
	s := g.val(stringType, g.expr(stringType, 3))
	g.clip(s)
	switch g.r.IntN(4) {
	case 0:
		b := g.fresh("b")
		g.line("%s := []byte(%s)", b, s.name)
		g.line("for i := range %s {\n\t\t%s[i] ^= byte(%s) & 0x81\n\t}", b, b, g.small(255))
		g.line("ps(string(%s))", b)
		g.line("pb(string(%s) == %s)", b, s.name)
	case 1:
		r := g.fresh("b")
		g.line("%s := []rune(%s)", r, s.name)
		g.line("%s = append(%s, rune(%s))", r, r, g.variable(pick(g, g.ints), 1))
		g.line("%s = string(%s)", s.name, r)
		g.line("ps(%s)", s.name)
	case 2:
		b := g.fresh("b")
		g.line("%s := append([]byte(%q), %s...)", b, "x", s.name)
		g.line("%s = string(%s[1:])", s.name, b)
		g.line("ps(%s)", s.name)
	default:
		t := pick(g, g.ints)
		for range 2 {
			t = pick(g, g.ints)
			g.val(t, t.name+"("+g.variable(pick(g, g.ints), 2)+")")
		}
		g.val(pick(g, g.ints), "len("+s.name+")").t = intType
	}
}

// stringSwitch switches on strings, on booleans, and on nothing.
func (g *gen) stringSwitch() {
	if g.chance(50) {
		g.line("switch %s {", g.variable(stringType, 2))
		seen := map[string]bool{}
		for range 1 + g.r.IntN(4) {
			c := g.literal(stringType)
			if !seen[c] {
				seen[c] = true
				g.line("case %s:", c)
				g.block(1)
			}
		}
	} else {
		g.line("switch {")
		for range 1 + g.r.IntN(3) {
			g.line("case %s:", g.variable(boolType, 3))
			g.block(1)
			if g.chance(20) {
				g.line("\tbreak")
			}
		}
	}
	g.line("default:")
	g.block(1)
	g.line("}")
}

// stringLoop builds a string and takes it apart.
func (g *gen) stringLoop() {
	s, n := g.val(stringType, g.expr(stringType, 2)), g.fresh("n")
	g.line("%s := 0", n)
	g.line("for i, c := range %s {", s.name)
	g.line("\t%s = %s*7 + i ^ int(c)", n, n)
	g.line("\tif len(%s) < 40 {\n\t\t\t%s += %s[:i] + string(c)\n\t\t}", s.name, s.name, s.name)
	g.line("}")
	g.line("pi(int64(%s))", n)
	g.line("ps(%s)", s.name)
	g.line("pb(%s %s %s)", s.name, pick(g, []string{"<", "<=", "==", ">"}), g.expr(stringType, 1))
}

// mapOfThings changes what maps hold in place.
func (g *gen) mapOfThings() {
	k, e := g.fieldType(), pick(g, g.ints)
	m, key := g.fresh("m"), g.fresh("k")
	g.line("%s := %s", key, g.expr(k, 1))
	switch g.r.IntN(4) {
	case 0:
		g.line("%s := map[%s][]%s{}", m, k.name, e.name)
		g.line("%s[%s] = append(%s[%s], %s)", m, key, m, key, g.expr(e, 1))
		g.line("%s[%s][0] -= %s", m, key, g.expr(e, 1))
		g.line("pu(uint64(%s[%s][0]))", m, key)
	case 1:
		g.line("%s := map[%s]%s{%s: %s}", m, k.name, e.name, key, g.expr(e, 1))
		g.line("%s[%s] %s= %s", m, key, pick(g, []string{"+", "-", "*", "^", "|"}), g.expr(e, 1))
		g.line("%s[%s]++", m, g.expr(k, 1))
		g.line("pu(uint64(%s[%s]))", m, key)
	case 2:
		s := pick(g, g.structs)
		g.line("%s := map[%s]%s{}", m, k.name, s.name)
		x := g.val(s, fmt.Sprintf("%s[%s]", m, key))
		g.line("%s[%s] = %s", m, key, g.expr(s, 1))
		g.line("%s = %s[%s]", x.name, m, key)
		g.show(x)
	default:
		g.line("%s := map[%s]map[%s]int{}", m, e.name, k.name)
		g.line("for i := range 5 {")
		g.line("\te := %s(i %% 3)", e.name)
		g.line("\tif %s[e] == nil {\n\t\t\t%s[e] = map[%s]int{}\n\t\t}", m, m, k.name)
		g.line("\t%s[e][%s] += i", m, key)
		g.line("}")
		g.line("pi(int64(%s[%s][%s]))", m, g.expr(e, 1), key)
	}
	switch g.r.IntN(3) {
	case 0:
		g.line("clear(%s)", m)
	case 1:
		g.line("for k := range %s {\n\t\tdelete(%s, k)\n\t}", m, m)
	}
	g.line("pi(int64(len(%s)))", m)
}

// constants declares constants, whose arithmetic is exact.
func (g *gen) constants() {
	t := pick(g, g.ints)
	a := g.fresh("k")
	g.line("const (")
	g.line("\t%sa %s = iota + %d", a, t.name, g.r.IntN(50))
	g.line("\t%sb", a)
	g.line("\t%sc = 1<<(%d+iota) >> %d", a, 60+g.r.IntN(60), 58+g.r.IntN(4))
	g.line("\t%sd = len(%s) << iota", a, strconv.Quote("größe"))
	g.line(")")
	g.val(t, fmt.Sprintf("%sa*%s + %sb", a, g.zero(t), a))
	g.val(intType, fmt.Sprintf("%sc %% %d * %sd", a, 3+g.r.IntN(1000), a))
	g.val(t, fmt.Sprintf("%s((%sc + 0x%x) & 0x7f)", t.name, a, g.r.Uint32()))
}

// gotoLoop loops with goto.
func (g *gen) gotoLoop() {
	if g.loops >= 3 {
		g.print()
		return
	}
	l, n := g.fresh("G"), g.fresh("n")
	g.line("%s := %s", n, g.small(6))
	g.line("%s:", l)
	// A goto must not jump over declarations of its block.
	g.line("{")
	g.loops++
	g.inner(func() {
		g.vars = append(g.vars, &variable{name: n, t: intType, fixed: true})
		g.stmts(1)
	})
	g.loops--
	g.line("}")
	g.line("if %s++; %s < 8 && fuel > 0 {\n\t\tfuel--\n\t\tgoto %s\n\t}", n, n, l)
}

// namedResult changes results in deferred functions.
func (g *gen) namedResult() {
	if !g.defers || g.inDefer {
		g.higherOrder()
		return
	}
	t := g.varType()
	// A nil result must not be used: of several panics in an expression, which
	// comes first is up to the compiler.
	isNil := t.kind == kSlice || t.kind == kPtr || t.kind == kIface
	f, r := g.fresh("f"), g.fresh("r")
	g.line("%s := func(n int) (%s %s, m int) {", f, r, t.name)
	g.inner(func() {
		for range 1 + g.r.IntN(2) {
			g.line("defer func(k int) { m = m*10 + n + k }(%s)", g.small(10))
		}
		g.line("for i := range %d {\n\t\t\tdefer func() { m += i; n++ }()\n\t\t}", 1+g.r.IntN(3))
		g.vars = append(g.vars, &variable{name: "n", t: intType})
		if !isNil {
			g.vars = append(g.vars, &variable{name: r, t: t})
			g.line("if n > 2 {\n\t\t\treturn\n\t\t}")
		}
		g.line("return %s, n", g.expr(t, 2))
	})
	g.line("}")
	m := g.fresh("m")
	g.line("%s, %s := %s(%s)", r, m, f, g.small(3))
	g.line("_ = %s", r)
	g.line("pi(int64(%s))", m)
	if !isNil {
		g.vars = append(g.vars, &variable{name: r, t: t})
	}
}

// anonymous uses types without names, and fields without names.
func (g *gen) anonymous() {
	t, u := pick(g, g.ints), g.fieldType()
	x, y := g.fresh("x"), g.fresh("y")
	typ := fmt.Sprintf("struct { A %s; _ uint8; B %s }", t.name, u.name)
	g.line("var %s %s", x, typ)
	g.line("%s.A, %s.B = %s, %s", x, x, g.expr(t, 1), g.expr(u, 1))
	g.line("%s := []%s{%s, {A: %s}}", y, typ, x, g.expr(t, 1))
	g.line("pb(%s[0] == %s)", y, x)
	g.line("pb(any(%s[1]) == any(%s))", y, x)
	g.line("%s[1].B, %s[0].A = %s[0].B, %s[1].A", y, y, y, y)
	g.val(t, fmt.Sprintf("%s[0].A", y))
	g.val(u, fmt.Sprintf("%s[%s].B", y, g.small(2)))
	if !g.defers && g.chance(30) {
		g.line("var nil%s *%s", x, typ)
		g.line("pu(uint64(nil%s.A))", x)
	}
}

// bitsCalls calls functions that the compiler knows.
func (g *gen) bitsCalls() {
	n := pick(g, []int{8, 16, 32, 64})
	t := basicInts[map[int]int{8: 6, 16: 7, 32: 8, 64: 9}[n]]
	x := g.variable(t, 2)
	f := pick(g, []string{"LeadingZeros", "TrailingZeros", "OnesCount", "Len"})
	switch g.r.IntN(5) {
	case 0:
		g.val(t, fmt.Sprintf("bits.RotateLeft%d(%s, %s)", n, x, g.expr(intType, 1)))
	case 1:
		g.val(t, fmt.Sprintf("bits.Reverse%d(%s)", n, x))
	case 2:
		n = pick(g, []int{32, 64})
		t = basicInts[map[int]int{32: 8, 64: 9}[n]]
		h, l := g.fresh("h"), g.fresh("l")
		op := pick(g, []string{"Mul%d(%s, %s)", "Add%d(%s, %s, %s&1)", "Sub%d(%s, %s, %s&1)"})
		args := []any{n, g.variable(t, 1), g.variable(t, 1), g.variable(t, 1)}
		if strings.HasPrefix(op, "Mul") {
			args = args[:3]
		}
		g.line("%s, %s := bits."+op, append([]any{h, l}, args...)...)
		g.line("pu(uint64(%s) ^ uint64(%s)<<1)", h, l)
	case 3:
		if g.defers {
			return
		}
		g.line("%s, %s := bits.Div64(%s&3, %s, %s&7)", g.fresh("_")[:1]+"h"+strconv.Itoa(g.next), "l"+strconv.Itoa(g.next),
			g.variable(basicInts[9], 1), g.variable(basicInts[9], 1), g.variable(basicInts[9], 1))
		g.line("pu(_h%d ^ l%d)", g.next, g.next)
	default:
		g.val(intType, fmt.Sprintf("bits.%s%d(%s)", f, n, x))
	}
}

// sorting sorts with functions of the standard library.
func (g *gen) sorting() {
	t := pick(g, g.ints)
	s := g.fresh("s")
	var list []string
	for range 5 + g.r.IntN(4) {
		list = append(list, g.expr(t, 1))
	}
	g.line("%s := []%s{%s}", s, t.name, strings.Join(list, ", "))
	if g.chance(50) {
		g.line("slices.Sort(%s)", s)
	} else {
		g.line("slices.SortFunc(%s, func(a, b %s) int { return cmp.Compare(b&0xf, a&0xf)*2 + cmp.Compare(a, b) })", s, t.name)
	}
	v := &variable{name: s, t: &typ{kind: kSlice, name: "[]" + t.name, elem: t}}
	g.vars = append(g.vars, v)
	g.showElems(v)
	g.line("ps(strconv.FormatInt(int64(%s[%s]), %d))", s, g.small(5), 2+g.r.IntN(35))
}

// toArray converts slices to arrays, by value and by pointer.
func (g *gen) toArray() {
	t := pick(g, g.ints)
	s := g.fresh("s")
	n := g.r.IntN(5)
	have := n
	if g.defers || g.chance(80) {
		have += g.r.IntN(3)
	} else {
		have = g.r.IntN(5)
	}
	g.line("%s := make([]%s, %d)", s, t.name, have)
	g.line("for i := range %s {\n\t\t%s[i] = %s(i) * %s\n\t}", s, s, t.name, g.variable(t, 1))
	a, p := g.fresh("a"), g.fresh("ptr")
	g.line("%s := [%d]%s(%s)", a, n, t.name, s)
	g.line("%s := (*[%d]%s)(%s)", p, n, t.name, s)
	if n > 0 {
		g.line("%s[%d]++", p, g.r.IntN(n))
		g.line("pu(uint64(%s[0]))", a)
	}
	g.line("pb(%s == *%s)", a, p)
	g.line("pi(int64(len(%s)))", p)
}

// nestedLabels leaves loops and switches from the inside.
func (g *gen) nestedLabels() {
	if g.loops >= 2 {
		g.print()
		return
	}
	l, n := g.fresh("L"), g.fresh("n")
	g.line("%s := %s", n, g.expr(intType, 1))
	g.line("%s:\n\tfor i := range %d {", l, 2+g.r.IntN(4))
	g.line("\tfor j := i; j < %d; j++ {", 2+g.r.IntN(5))
	g.line("\t\tswitch (i*j + %s) %% 5 {", g.small(5))
	g.line("\t\tcase 0:\n\t\t\t\tcontinue %s", l)
	g.line("\t\tcase 1:\n\t\t\t\tbreak")
	g.line("\t\tcase 2:\n\t\t\t\t%s ^= i<<4 | j\n\t\t\t\tfallthrough", n)
	g.line("\t\tcase 3:\n\t\t\t\t%s = %s*3 + j", n, n)
	g.line("\t\t\tif %s&0x70 == 0x10 {\n\t\t\t\t\tbreak %s\n\t\t\t\t}", n, l)
	g.line("\t\tdefault:\n\t\t\t\tcontinue")
	g.line("\t\t}")
	g.line("\t\t%s += j", n)
	g.line("\t}")
	g.line("}")
	g.vars = append(g.vars, &variable{name: n, t: intType})
	g.trace(intType, n)
}
