// SPDX-License-Identifier: Apache-2.0

// Package progen makes random programs in the subset of Go that extensions are
// written in, in the spirit of Csmith (Yang et al., PLDI 2011) and YARPGen
// (Livinskii et al., OOPSLA 2020). What a program does is defined: it ends
// soon, prints only what the specification determines, and evaluates nothing
// whose order the specification leaves open, so any two correct compilers
// agree on it. A program may panic, or run deferred functions, not both: a
// panic of an extension does not run them.
package progen

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Batch returns the file p.go of package main: one program for each seed, and
//
//	func cases() []func()
//
// which lists them. Size is about how many statements a program has on average. Equal
// arguments give equal programs.
func Batch(seeds []uint64, size int) []byte {
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n\t\"cmp\"\n\t\"math/bits\"\n\t\"slices\"\n\t\"strconv\"\n)\n\nvar _, _ = slices.Sort[[]int], cmp.Compare[int]\nvar _, _ = bits.Len, strconv.Itoa\n\nfunc cases() []func() {\n\treturn []func(){\n")
	for i := range seeds {
		fmt.Fprintf(&b, "\t\tmain_%d,\n", i)
	}
	b.WriteString("\t}\n}\n")
	b.WriteString(prelude)
	for i, s := range seeds {
		fmt.Fprintf(&b, "\n// Seed %d.\n\n", s)
		b.WriteString(program(s, i, size))
	}
	return []byte(b.String())
}

// program returns the declarations of one program; every name ends in _n.
func program(seed uint64, n, size int) string {
	g := &gen{r: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), n: n}
	// Many small programs and some large ones.
	g.size = max(2, size*pick(g, []int{1, 1, 1, 1, 2, 2, 4})/2)
	g.defers = g.chance(35)
	g.types()
	g.globals()
	for i := range 1 + g.r.IntN(1+g.size/8) {
		g.function(fmt.Sprintf("f%d", i))
	}
	g.mainFunc()
	return g.out.String()
}

// gen is the state of making one program.
type gen struct {
	r   *rand.Rand
	out strings.Builder
	n   int
	ind int
	// size is how many statements the main function has.
	size int
	// defers: functions are deferred, and nothing panics.
	defers bool

	ints    []*typ // every integer type, named ones included
	structs []*typ
	iface   *typ
	impls   []*typ // implementations of iface
	vars    []*variable
	funcs   []*function
	next    int // for fresh names
	loops   int
	budget  int // statements left in the function
	closure int // depth of function literals
	inDefer bool
}

type kind int

const (
	kInt kind = iota
	kBool
	kString
	kSlice
	kArray
	kStruct
	kPtr
	kMap
	kIface
)

type typ struct {
	kind     kind
	name     string // as written
	bits     int
	signed   bool
	elem     *typ
	key      *typ
	length   int
	fields   []*typ
	hasMeth  bool
	basicInt *typ // of a named integer
}

type variable struct {
	name string
	t    *typ
	// fixed variables are not assigned to.
	fixed bool
}

type function struct {
	name    string
	params  []*typ
	results []*typ
	// method and closure calls are written name(args) as well.
}

func (g *gen) chance(percent int) bool { return g.r.IntN(100) < percent }

func pick[T any](g *gen, list []T) T { return list[g.r.IntN(len(list))] }

// id makes a name of this program.
func (g *gen) id(base string) string { return fmt.Sprintf("%s_%d", base, g.n) }

func (g *gen) fresh(base string) string {
	g.next++
	return fmt.Sprintf("%s%d", base, g.next)
}

func (g *gen) line(format string, args ...any) {
	g.out.WriteString(strings.Repeat("\t", g.ind))
	fmt.Fprintf(&g.out, format, args...)
	g.out.WriteByte('\n')
}

var (
	boolType   = &typ{kind: kBool, name: "bool"}
	stringType = &typ{kind: kString, name: "string"}
	intType    = &typ{kind: kInt, name: "int", bits: 64, signed: true}
	basicInts  = []*typ{
		intType,
		{kind: kInt, name: "int8", bits: 8, signed: true},
		{kind: kInt, name: "int16", bits: 16, signed: true},
		{kind: kInt, name: "int32", bits: 32, signed: true},
		{kind: kInt, name: "int64", bits: 64, signed: true},
		{kind: kInt, name: "uint", bits: 64},
		{kind: kInt, name: "uint8", bits: 8},
		{kind: kInt, name: "uint16", bits: 16},
		{kind: kInt, name: "uint32", bits: 32},
		{kind: kInt, name: "uint64", bits: 64},
	}
	byteType = basicInts[6]
)

// types declares the program's types: named integers, structs, an interface
// and methods that implement it.
func (g *gen) types() {
	g.ints = append(g.ints, basicInts...)
	for i := range 2 {
		b := pick(g, basicInts)
		t := &typ{kind: kInt, name: g.id(fmt.Sprintf("N%d", i)), bits: b.bits, signed: b.signed, basicInt: b}
		g.line("type %s %s\n", t.name, b.name)
		g.ints = append(g.ints, t)
	}
	for i := range 2 + g.r.IntN(2) {
		t := &typ{kind: kStruct, name: g.id(fmt.Sprintf("S%d", i))}
		g.line("type %s struct {", t.name)
		for j := range 1 + g.r.IntN(6) {
			f := g.fieldType()
			t.fields = append(t.fields, f)
			g.line("\tF%d %s", j, f.name)
		}
		g.line("}\n")
		g.structs = append(g.structs, t)
	}
	g.iface = &typ{kind: kIface, name: g.id("I")}
	g.line("type %s interface{ M(a int) int }\n", g.iface.name)
	for _, t := range append([]*typ{g.ints[len(g.ints)-1]}, g.structs...) {
		g.impls = append(g.impls, t)
	}
}

// fieldType is a type for struct fields and elements: comparable.
func (g *gen) fieldType() *typ {
	switch n := g.r.IntN(12); {
	case n < 7:
		return pick(g, g.ints)
	case n < 8:
		return boolType
	case n < 9:
		return stringType
	case n < 11 || len(g.structs) == 0:
		return g.array(pick(g, g.ints))
	}
	return pick(g, g.structs)
}

func (g *gen) array(elem *typ) *typ {
	n := 1 + g.r.IntN(6)
	return &typ{kind: kArray, name: fmt.Sprintf("[%d]%s", n, elem.name), elem: elem, length: n}
}

// varType is a type for variables.
func (g *gen) varType() *typ {
	switch n := g.r.IntN(24); {
	case n < 9:
		return pick(g, g.ints)
	case n < 10:
		return boolType
	case n < 12:
		return stringType
	case n < 14:
		return g.array(g.fieldType())
	case n < 16:
		return pick(g, g.structs)
	case n < 19:
		e := g.fieldType()
		return &typ{kind: kSlice, name: "[]" + e.name, elem: e}
	case n < 21:
		e := g.fieldType()
		return &typ{kind: kPtr, name: "*" + e.name, elem: e}
	case n < 22:
		return g.iface
	}
	k, e := g.fieldType(), g.fieldType()
	return &typ{kind: kMap, name: "map[" + k.name + "]" + e.name, key: k, elem: e}
}

// globals declares package-level variables without references.
func (g *gen) globals() {
	for i := range 2 + g.r.IntN(3) {
		t := g.fieldType()
		v := &variable{name: g.id(fmt.Sprintf("g%d", i)), t: t}
		if g.chance(50) || holdsString(t) {
			g.line("var %s %s = %s", v.name, t.name, g.literal(t))
		} else {
			g.line("var %s %s", v.name, t.name)
		}
		v.fixed = holdsString(t)
		g.vars = append(g.vars, v)
	}
	g.line("")
	g.methods()
}

func holdsString(t *typ) bool {
	switch t.kind {
	case kString:
		return true
	case kArray:
		return holdsString(t.elem)
	case kStruct:
		for _, f := range t.fields {
			if holdsString(f) {
				return true
			}
		}
	}
	return false
}

// zero is a variable that is zero; constants become variable by it.
func (g *gen) zero(t *typ) string {
	base := "z_"
	if g.chance(20) {
		base = "c_"
	}
	if t.basicInt != nil {
		return t.name + "(" + base + t.basicInt.name + ")"
	}
	return base + t.name
}

// methods gives each implementation its method M.
func (g *gen) methods() {
	for _, t := range g.impls {
		recv := t.name
		ptr := t.kind == kStruct && g.chance(40)
		if ptr {
			recv = "*" + recv
			t.hasMeth = true // only the pointer implements the interface
		}
		g.line("func (r %s) M(a int) int {", recv)
		g.ind++
		mark := len(g.vars)
		g.vars = append(g.vars, &variable{name: "a", t: intType}, &variable{name: "r", t: t, fixed: ptr})
		if ptr {
			g.vars[len(g.vars)-1].t = &typ{kind: kPtr, name: "*" + t.name, elem: t}
		}
		g.line("return %s", g.expr(intType, 3))
		g.vars = g.vars[:mark]
		g.ind--
		g.line("}\n")
	}
}

// function declares a function that later ones may call.
func (g *gen) function(base string) {
	f := &function{name: g.id(base)}
	mark := len(g.vars)
	var params, results []string
	for i := range 1 + g.r.IntN(2) {
		t := g.varType()
		name := fmt.Sprintf("p%d", i)
		f.params = append(f.params, t)
		params = append(params, name+" "+t.name)
		g.vars = append(g.vars, &variable{name: name, t: t})
	}
	for range 1 + g.r.IntN(2) {
		t := g.varType()
		f.results = append(f.results, t)
		results = append(results, t.name)
	}
	g.line("func %s(%s) (%s) {", f.name, strings.Join(params, ", "), strings.Join(results, ", "))
	g.budget = g.size / 3
	g.body(f.results)
	g.line("}\n")
	g.vars = g.vars[:mark]
	g.funcs = append(g.funcs, f)
}

// body writes statements and a return.
func (g *gen) body(results []*typ) {
	g.ind++
	mark := len(g.vars)
	g.stmts(1 + g.r.IntN(4))
	if len(results) > 0 {
		var list []string
		for _, t := range results {
			list = append(list, g.expr(t, 2))
		}
		g.line("return %s", strings.Join(list, ", "))
	}
	g.vars = g.vars[:mark]
	g.ind--
}

func (g *gen) mainFunc() {
	g.line("func main_%d() {", g.n)
	g.ind++
	g.budget = g.size
	mark := len(g.vars)
	for range 1 + g.r.IntN(2+g.size/4) {
		g.declare()
	}
	g.stmts(g.size/2 + g.r.IntN(g.size))
	for _, v := range g.vars {
		if g.chance(60) {
			g.show(v)
		}
	}
	g.vars = g.vars[:mark]
	g.ind--
	g.line("}")
}
