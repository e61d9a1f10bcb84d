// SPDX-License-Identifier: Apache-2.0

package progen

import "strings"

// print prints the values of some expressions.
func (g *gen) print() {
	if g.chance(80) {
		t := pick(g, []*typ{pick(g, g.ints), pick(g, g.ints), boolType, stringType})
		g.trace(t, g.variable(t, 3))
		return
	}
	var list []string
	for range 1 + g.r.IntN(3) {
		list = append(list, g.expr(pick(g, []*typ{pick(g, g.ints), boolType, stringType}), 3))
	}
	g.line("println(%s)", strings.Join(list, ", "))
}

// trace prints one value. Functions of the prelude do it: println makes much
// code, and programs should consist of something else.
func (g *gen) trace(t *typ, e string) {
	switch {
	case t.kind == kBool:
		g.line("pb(%s)", e)
	case t.kind == kString:
		g.line("ps(%s)", e)
	case t.kind == kInt && t.signed:
		g.line("pi(int64(%s))", e)
	case t.kind == kInt:
		g.line("pu(uint64(%s))", e)
	}
}

func printable(t *typ) bool { return t.kind <= kString }

// show prints what a variable holds.
func (g *gen) show(v *variable) {
	switch v.t.kind {
	case kInt, kBool, kString:
		g.trace(v.t, v.name)
	case kSlice:
		g.line("pi(int64(len(%s)))", v.name)
		g.showElems(v)
	case kArray:
		g.showElems(v)
	case kStruct:
		var nums []string
		for i, f := range v.t.fields {
			e := v.name + ".F" + string(rune('0'+i))
			switch {
			case f.kind == kInt:
				nums = append(nums, "uint64("+e+")")
			case printable(f):
				g.trace(f, e)
			}
		}
		switch {
		case len(nums) > 2:
			g.line("pu(sum(%s))", strings.Join(nums, ", "))
		case len(nums) > 0:
			g.line("pu(%s)", strings.Join(nums, " ^ "))
		}
	case kMap:
		g.line("pi(int64(len(%s)))", v.name)
	}
}

func (g *gen) showElems(v *variable) {
	switch {
	case v.t.elem.kind == kInt:
		s := g.fresh("s")
		g.line("%s := uint64(1)", s)
		g.line("for _, x := range %s {\n\t\t%s = %s*31 + uint64(x)\n\t}", v.name, s, s)
		g.line("pu(%s)", s)
	case printable(v.t.elem):
		g.line("for _, x := range %s {", v.name)
		g.ind++
		g.trace(v.t.elem, "x")
		g.ind--
		g.line("}")
	}
}
