// SPDX-License-Identifier: Apache-2.0

package ssabuild

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// constRanges rewrites "for i := range x" over an array, or the array that a
// pointer points to, to "for i := range len(x)" when x is not to be evaluated:
// at most one iteration variable is present and len(x) is constant. go/ssa
// evaluates x all the same, and a nil pointer in it would panic.
func constRanges(files []*ast.File, info *types.Info) {
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.RangeStmt)
			if !ok || s.Value != nil && !isBlank(s.Value) {
				return true
			}
			tv := info.Types[s.X]
			if tv.Type == nil {
				return true
			}
			t := tv.Type.Underlying()
			if p, ok := t.(*types.Pointer); ok {
				t = p.Elem().Underlying()
			}
			arr, ok := t.(*types.Array)
			if !ok || calls(s.X, info) {
				return true
			}
			lit := &ast.BasicLit{ValuePos: s.X.Pos(), Kind: token.INT, Value: strconv.FormatInt(arr.Len(), 10)}
			length, err := types.Eval(token.NewFileSet(), nil, token.NoPos, "int("+lit.Value+")")
			if err != nil {
				return true
			}
			info.Types[lit] = length
			s.X, s.Value = lit, nil
			return true
		})
	}
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// calls reports whether an expression has a function call that is not
// constant, or a channel receive.
func calls(e ast.Expr, info *types.Info) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			tv := info.Types[n]
			found = found || tv.Value == nil && !info.Types[n.Fun].IsType()
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		}
		return !found
	})
	return found
}
