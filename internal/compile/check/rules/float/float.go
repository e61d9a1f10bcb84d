// SPDX-License-Identifier: Apache-2.0

package float

import (
	"go/ast"
	"go/constant"
	"go/types"

	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/diag"
)

// Rule reports types, variables, constants and expressions that are
// floating-point or complex: one of each line, for usually they are parts of
// one expression.
var Rule = rule.Rule{Name: "float", Run: run}

const hint = "use integers, scaled where fractions are needed (for example nanoseconds, or a value times 1000)"

func run(p *rule.Pass) {
	info := p.Info()
	r := reporter{p, map[place]bool{}}
	p.Inspect(func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			// Declared names; uses are expressions and covered below.
			if c, ok := info.Defs[n].(*types.Const); ok {
				return !r.report(n, c.Type(), c.Val())
			}
			if v, ok := info.Defs[n].(*types.Var); ok {
				return !r.report(n, v.Type(), nil)
			}
			if inst, ok := info.Instances[n]; ok {
				for t := range inst.TypeArgs.Types() {
					if r.report(n, t, nil) {
						return false
					}
				}
			}
		}
		if e, ok := n.(ast.Expr); ok {
			if tv, ok := info.Types[e]; ok && (tv.IsType() || tv.IsValue()) {
				return !r.report(e, tv.Type, tv.Value)
			}
		}
		return true
	})
}

type place struct {
	file string
	line int
}

type reporter struct {
	p    *rule.Pass
	seen map[place]bool
}

// report reports n if its type is floating-point or complex.
func (r reporter) report(n ast.Node, t types.Type, v constant.Value) bool {
	b, ok := basic(t)
	if !ok {
		return false
	}
	if b.Info()&types.IsUntyped != 0 && v != nil && constant.ToInt(v).Kind() == constant.Int {
		return false
	}
	pos := r.p.Source.Fset.Position(n.Pos())
	at := place{pos.Filename, pos.Line}
	if r.seen[at] {
		return true
	}
	r.seen[at] = true
	if b.Info()&types.IsComplex != 0 {
		r.p.Report(n, diag.Complex, hint, "complex numbers are not available in kernel extensions (type %s)", r.p.TypeName(t))
	} else {
		r.p.Report(n, diag.Float, hint, "floating-point numbers are not available in kernel extensions (type %s)", r.p.TypeName(t))
	}
	return true
}

// basic returns the floating-point or complex type that t is, or that it is an
// array, slice, pointer or struct of.
func basic(t types.Type) (*types.Basic, bool) {
	for depth := 0; t != nil && depth < 8; depth++ {
		if _, ok := t.(*types.TypeParam); ok {
			return nil, false
		}
		switch u := t.Underlying().(type) {
		case *types.Basic:
			return u, u.Info()&(types.IsFloat|types.IsComplex) != 0
		case *types.Array:
			t = u.Elem()
		case *types.Slice:
			t = u.Elem()
		case *types.Pointer:
			t = u.Elem()
		default:
			return nil, false
		}
	}
	return nil, false
}
