// SPDX-License-Identifier: Apache-2.0

package compile

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
)

// variants returns sources to try, one after the other, until one is valid: for
// seed 0 the source itself, else sources with parts of it in other places.
func variants(src []byte, seed uint64) [][]byte {
	if seed == 0 {
		return [][]byte{src}
	}
	r := rand.New(rand.NewPCG(seed, 0))
	var out [][]byte
	for range 30 {
		m := src
		for range 1 + r.IntN(3) {
			m = mutate(m, r)
		}
		if m != nil {
			out = append(out, m)
		}
	}
	return out
}

var (
	someExprs = []string{
		"int", "int8", "uint16", "uint64", "string", "bool", "any", "error", "[]byte", "[3]int", "map[string]int", "func()", "*int", "struct{}", "[0]int",
		"0", "1", "-1", "255", "1<<31", "1<<63-1", "-1<<63", `""`, `"\xff"`, "nil", "'x'", "true", "iota", "[]int{5: 1}", "struct{}{}", "func() {}",
	}
	aroundExprs = [][2]string{
		{"(", ")"}, {"-", ""}, {"!", ""}, {"&", ""}, {"*", ""}, {"<-", ""}, {"", "[0]"}, {"", "[1:]"}, {"", "[:0:0]"}, {"", "()"}, {"", ".(int)"},
		{"any(", ")"}, {"string(", ")"}, {"uint8(", ")"}, {"[]byte(", ")"}, {"len(", ")"}, {"append([]any{}, ", ")"}, {"[...]any{", "}"}, {"", "...}"},
	}
	aroundStmts = [][2]string{
		{"{", "}"}, {"for {", "; break }"}, {"for range 3 {", "}"}, {"if true {", "} else { panic(1) }"}, {"defer func() {", "}()"}, {"func() {", "}()"},
		{"L: for {", "; continue L }"}, {"switch {default:", "}"}, {"for x := range func(y func(int) bool) { y(1) } { _ = x;", "}"}, {"go func() {", "}()"},
	}
	someOps = []string{"+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^", "&^", "==", "<", "&&", "+=", "<<=", ":=", "="}
)

// span is where a node stands in the text.
type span struct{ from, to int }

// mutate replaces one part of a source by another, or puts something around
// it; nil if the source is no Go.
func mutate(src []byte, r *rand.Rand) []byte {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil || len(src) > 1<<15 {
		return nil
	}
	at := func(n ast.Node) span {
		return span{fset.Position(n.Pos()).Offset, min(fset.Position(n.End()).Offset, len(src))}
	}
	var exprs, stmts, ops []span
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BinaryExpr:
			from := fset.Position(n.OpPos).Offset
			ops = append(ops, span{from, from + len(n.Op.String())})
		}
		switch n := n.(type) {
		case ast.Expr:
			exprs = append(exprs, at(n))
		case ast.Stmt:
			stmts = append(stmts, at(n))
		}
		return true
	})
	text := func(s span) string { return string(src[s.from:s.to]) }
	splice := func(s span, with string) []byte {
		return []byte(string(src[:s.from]) + with + string(src[s.to:]))
	}
	switch n := r.IntN(10); {
	case n < 2 && len(stmts) > 0:
		return splice(one(r, stmts), text(one(r, stmts)))
	case n < 4 && len(stmts) > 0:
		s, around := one(r, stmts), one(r, aroundStmts)
		return splice(s, around[0]+text(s)+around[1])
	case n < 5 && len(stmts) > 0:
		s := one(r, stmts)
		return splice(s, one(r, []string{"", "{}", text(s) + ";" + text(s)}))
	case n < 6 && len(ops) > 0:
		return splice(one(r, ops), one(r, someOps))
	case len(exprs) == 0:
		return src
	case n < 7:
		return splice(one(r, exprs), one(r, someExprs))
	case n < 8:
		s, around := one(r, exprs), one(r, aroundExprs)
		return splice(s, around[0]+text(s)+around[1])
	}
	return splice(one(r, exprs), text(one(r, exprs)))
}

func one[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// hasLongLiteral reports whether a file would take long for its size alone.
func hasLongLiteral(f *ast.File) bool {
	long := false
	ast.Inspect(f, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind != token.STRING && len(l.Value) > 12 {
			long = true
		}
		return !long
	})
	return long
}
