// SPDX-License-Identifier: Apache-2.0

package recover

import (
	"go/ast"
	"go/types"

	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/diag"
)

// Rule reports every use of the builtin recover.
var Rule = rule.Rule{Name: "recover", Run: run}

func run(p *rule.Pass) {
	p.Inspect(func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		if b, ok := p.Info().Uses[id].(*types.Builtin); ok && b.Name() == "recover" {
			p.Report(id, diag.Recover, "return an error instead; a panic ends the invocation with the default verdict", "recover is not available in kernel extensions")
		}
		return true
	})
}
