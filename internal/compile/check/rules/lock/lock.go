// SPDX-License-Identifier: Apache-2.0

package lock

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/rex-go/rex/internal/compile/check/locks"
	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/diag"
)

// Rule reports locks that are copied or overwritten.
var Rule = rule.Rule{Name: "lock", Run: run}

const hint = "use a pointer to it"

func run(p *rule.Pass) {
	p.Inspect(func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			assign(p, n)
		case *ast.ValueSpec:
			copies(p, n.Values...)
		case *ast.ReturnStmt:
			copies(p, n.Results...)
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					e = kv.Value
				}
				copies(p, e)
			}
		case *ast.CallExpr:
			call(p, n)
		case *ast.RangeStmt:
			ranges(p, n)
		case *ast.FuncDecl:
			fields(p, n.Recv)
		case *ast.FuncType:
			fields(p, n.Params)
			fields(p, n.Results)
		case *ast.Ident:
			instance(p, n)
		}
		return true
	})
}

func name(p *rule.Pass, t types.Type) string {
	if locks.Is(t) {
		return p.TypeName(t)
	}
	return p.TypeName(t) + ", which holds a lock,"
}

// copies reports expressions whose value is copied. A composite literal makes
// a new value.
func copies(p *rule.Pass, exprs ...ast.Expr) {
	for _, e := range exprs {
		e = ast.Unparen(e)
		if _, ok := e.(*ast.CompositeLit); ok {
			continue
		}
		if tv, ok := p.Info().Types[e]; ok && tv.IsValue() && locks.In(tv.Type) {
			p.Report(e, diag.LockCopy, hint, "a value of type %s is copied", name(p, tv.Type))
		}
	}
}

// assign reports variables that are overwritten; := makes new ones.
func assign(p *rule.Pass, n *ast.AssignStmt) {
	copies(p, n.Rhs...)
	if n.Tok == token.DEFINE {
		return
	}
	for _, e := range n.Lhs {
		overwritten(p, e)
	}
}

func overwritten(p *rule.Pass, e ast.Expr) {
	if id, ok := e.(*ast.Ident); ok && id.Name == "_" {
		return
	}
	if t := p.Info().TypeOf(e); t != nil && locks.In(t) {
		p.Report(e, diag.LockCopy, "assign to its other fields", "a variable of type %s is overwritten", name(p, t))
	}
}

func call(p *rule.Pass, n *ast.CallExpr) {
	switch p.Builtin(n) {
	case "":
		copies(p, n.Args...)
	case "copy", "append", "clear":
		if s, ok := p.Info().TypeOf(n.Args[0]).Underlying().(*types.Slice); ok && locks.In(s.Elem()) {
			p.Report(n, diag.LockCopy, hint, "values of type %s are copied or overwritten", name(p, s.Elem()))
		}
	}
}

func ranges(p *rule.Pass, n *ast.RangeStmt) {
	for _, e := range []ast.Expr{n.Key, n.Value} {
		if e == nil {
			continue
		}
		if id, ok := e.(*ast.Ident); ok && id.Name == "_" {
			continue
		}
		if t := p.Info().TypeOf(e); t != nil && locks.In(t) {
			p.Report(e, diag.LockCopy, "range over the indices", "a value of type %s is copied", name(p, t))
		}
	}
}

// fields reports receivers, parameters and results that are values with locks.
func fields(p *rule.Pass, list *ast.FieldList) {
	if list == nil {
		return
	}
	for _, f := range list.List {
		if t := p.Info().TypeOf(f.Type); t != nil && locks.In(t) {
			p.Report(f.Type, diag.LockCopy, hint, "a value of type %s is passed by value", name(p, t))
		}
	}
}

// instance reports type arguments that hold locks, also inferred ones: code
// that knows nothing of the lock would copy it. The SDK knows.
func instance(p *rule.Pass, id *ast.Ident) {
	inst, ok := p.Info().Instances[id]
	if !ok {
		return
	}
	if obj := p.Info().Uses[id]; obj != nil && obj.Pkg() != nil && p.Source.IsSDK(obj.Pkg().Path()) {
		return
	}
	for t := range inst.TypeArgs.Types() {
		if locks.In(t) {
			p.Report(id, diag.LockCopy, "use a pointer to it as the type argument", "type argument %s hides the lock", name(p, t))
		}
	}
}
