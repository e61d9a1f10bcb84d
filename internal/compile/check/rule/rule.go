// SPDX-License-Identifier: Apache-2.0

// Package rule is what the rules of the subset are made of: a rule looks at
// one type-checked package of user code and reports what it finds.
package rule

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/packages"

	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
)

// Rule is one check. Its package's doc comment has the rationale.
type Rule struct {
	Name string
	// Run reports the problems of one package.
	Run func(*Pass)
}

// Pass is one package under check.
type Pass struct {
	Source *source.Program
	Pkg    *packages.Package
	// Problems collects what was reported.
	Problems diag.List
}

// Info is the type information of the package.
func (p *Pass) Info() *types.Info { return p.Pkg.TypesInfo }

// IsRoot reports whether the package is the extension itself rather than a
// package it imports.
func (p *Pass) IsRoot() bool { return p.Pkg == p.Source.Root }

// Report adds a problem at a node.
func (p *Pass) Report(n ast.Node, code diag.Code, hint, format string, args ...any) {
	p.ReportRange(n.Pos(), n.End(), code, hint, format, args...)
}

// ReportRange adds a problem at a range of the source; end may be NoPos.
func (p *Pass) ReportRange(pos, end token.Pos, code diag.Code, hint, format string, args ...any) {
	p.Problems.Add(p.Source.Fset.Position(pos), code, hint, format, args...)
	if end.IsValid() {
		p.Problems[len(p.Problems)-1].End = p.Source.Fset.Position(end)
	}
}

// Inspect walks every file of the package in depth-first order.
func (p *Pass) Inspect(f func(ast.Node) bool) {
	for _, file := range p.Pkg.Syntax {
		ast.Inspect(file, f)
	}
}

// Callee returns the function that a call refers to by name, through parens
// and explicit type arguments, with the identifier that names it; nil for
// calls of function values, builtins and conversions.
func (p *Pass) Callee(call *ast.CallExpr) (*types.Func, *ast.Ident) {
	return p.FuncOf(call.Fun)
}

// FuncOf is Callee for the function expression alone.
func (p *Pass) FuncOf(e ast.Expr) (*types.Func, *ast.Ident) {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.SelectorExpr:
			fn, _ := p.Info().Uses[x.Sel].(*types.Func)
			return fn, x.Sel
		case *ast.Ident:
			fn, _ := p.Info().Uses[x].(*types.Func)
			return fn, x
		default:
			return nil, nil
		}
	}
}

// Builtin returns the name of the builtin that a call refers to, or "".
func (p *Pass) Builtin(call *ast.CallExpr) string {
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
		if b, ok := p.Info().Uses[id].(*types.Builtin); ok {
			return b.Name()
		}
	}
	return ""
}

// TypeName returns how a type is written in messages about this package.
func (p *Pass) TypeName(t types.Type) string {
	return types.TypeString(t, func(q *types.Package) string {
		if q == p.Pkg.Types {
			return ""
		}
		return q.Name()
	})
}
