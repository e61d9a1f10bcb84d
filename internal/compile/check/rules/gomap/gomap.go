// SPDX-License-Identifier: Apache-2.0

package gomap

import (
	"go/ast"
	"go/types"

	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/diag"
)

// Rule reports map types as written, and expressions of a map type that comes
// from elsewhere (a function of the standard library, an inferred type
// argument).
var Rule = rule.Rule{Name: "gomap", Run: run}

func run(p *rule.Pass) {
	p.Inspect(func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.MapType:
			report(p, n)
			return false
		case *ast.CallExpr:
			if tv, ok := p.Info().Types[n]; ok && isMap(tv.Type) && !isMake(p, n) {
				report(p, n)
			}
		}
		return true
	})
}

func isMake(p *rule.Pass, n *ast.CallExpr) bool { return p.Builtin(n) == "make" }

func report(p *rule.Pass, n ast.Node) {
	p.Report(n, diag.GoMap, "use a package-level rex.NewHash, or a slice", "Go maps are not supported yet")
}

func isMap(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}
