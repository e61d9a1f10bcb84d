// SPDX-License-Identifier: Apache-2.0

package concurrency

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/diag"
)

// Rule reports go statements, select, and everything that needs a channel.
var Rule = rule.Rule{Name: "concurrency", Run: run}

const channelHint = "share data through a map variable or sync/atomic"

func run(p *rule.Pass) {
	p.Inspect(func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			p.Report(n, diag.GoStatement, "call the function directly; a program runs to completion on one CPU", "go statement is not available in kernel extensions")
		case *ast.SelectStmt:
			p.Report(n, diag.Select, channelHint, "select is not available in kernel extensions")
		case *ast.SendStmt:
			p.Report(n, diag.Channel, channelHint, "send on a channel is not available in kernel extensions")
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				p.Report(n, diag.Channel, channelHint, "receive from a channel is not available in kernel extensions")
			}
		case *ast.ChanType:
			p.Report(n, diag.Channel, channelHint, "channel types are not available in kernel extensions")
			return false
		case *ast.RangeStmt:
			if isChan(p.Info().TypeOf(n.X)) {
				p.Report(n.X, diag.Channel, channelHint, "range over a channel is not available in kernel extensions")
			}
		case *ast.CallExpr:
			switch name := p.Builtin(n); {
			case name == "close":
				p.Report(n, diag.Channel, channelHint, "close is not available in kernel extensions")
			case name == "make" && isChan(p.Info().TypeOf(n)):
				if _, ok := ast.Unparen(n.Args[0]).(*ast.ChanType); !ok {
					p.Report(n, diag.Channel, channelHint, "make of a channel is not available in kernel extensions")
				}
			}
		}
		return true
	})
}

func isChan(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Chan)
	return ok
}
