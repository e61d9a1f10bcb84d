// SPDX-License-Identifier: Apache-2.0

package maps

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
)

// misuse reports constructors out of place, changed map variables, and handles
// used as values. callees are the names in the constructor calls that Find
// accepted.
func misuse(p *rule.Pass, callees map[*ast.Ident]bool) {
	const one = "declare one variable for each map"
	generic := map[ast.Expr]bool{} // type names that are completed or pointed to by what surrounds them
	p.Inspect(func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			checkConstructor(p, n, callees)
			checkInstance(p, n)
		case *ast.CallExpr:
			checkConversion(p, n)
		case *ast.StarExpr:
			if p.Info().Types[n].IsType() {
				generic[ast.Unparen(n.X)] = true
			}
		case *ast.IndexExpr:
			generic[n.X] = true
		case *ast.IndexListExpr:
			generic[n.X] = true
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				if v := mapVar(p, lhs); v != nil {
					p.Report(lhs, diag.MapVariable, one, "map variable %s is assigned to", v.Name())
				}
			}
		case *ast.RangeStmt:
			for _, lhs := range []ast.Expr{n.Key, n.Value} {
				if v := mapVar(p, lhs); v != nil {
					p.Report(lhs, diag.MapVariable, one, "map variable %s is assigned to", v.Name())
				}
			}
		case *ast.UnaryExpr:
			if v := mapVar(p, n.X); n.Op == token.AND && v != nil {
				p.Report(n, diag.MapVariable, "a map variable is already a pointer; pass it as it is", "the address of map variable %s is taken", v.Name())
			}
		}
		if e, ok := n.(ast.Expr); ok && !generic[e] {
			return checkValueUse(p, e)
		}
		return true
	})
}

// checkConstructor reports a constructor that is named outside its place: in a
// call elsewhere, or as a function value.
func checkConstructor(p *rule.Pass, id *ast.Ident, callees map[*ast.Ident]bool) {
	fn, ok := p.Info().Uses[id].(*types.Func)
	if !ok || callees[id] {
		return
	}
	if kind, ok := constructorFunc(fn); ok {
		p.Report(id, diag.MapConstructor, "write var name = rex.New"+kind.Name+"[...](n) at package level", "rex.New%s is used outside the initialiser of a package-level variable", kind.Name)
	}
}

// checkInstance reports type arguments that are handles, also inferred ones:
// inside the generic function they could be copied or made.
func checkInstance(p *rule.Pass, id *ast.Ident) {
	inst, ok := p.Info().Instances[id]
	if !ok {
		return
	}
	for t := range inst.TypeArgs.Types() {
		if isHandle(t) {
			p.Report(id, diag.MapVariable, "use a pointer to it as the type argument", "%s as a type argument: only pointers to it can be used", p.TypeName(t))
		}
	}
}

// checkValueUse reports an expression or type that is a handle by value; it
// returns false when it did.
func checkValueUse(p *rule.Pass, e ast.Expr) bool {
	tv, ok := p.Info().Types[e]
	if !ok || !tv.IsType() && !tv.IsValue() || !isHandle(tv.Type) {
		return true
	}
	if _, ok := e.(*ast.CompositeLit); ok {
		return true // its type is reported
	}
	what := "a value of type %s is copied: only pointers to it can be used"
	if tv.IsType() {
		what = "type %s is used for a value: only pointers to it can be used"
	}
	p.Report(e, diag.MapVariable, "write *"+p.TypeName(tv.Type), what, p.TypeName(tv.Type))
	return false
}

// checkConversion reports conversions to a pointer to a handle. Go allows them
// between instances of one generic type, because the structs are alike.
func checkConversion(p *rule.Pass, call *ast.CallExpr) {
	fun := p.Info().Types[call.Fun]
	if !fun.IsType() || len(call.Args) != 1 || !pointsToHandle(fun.Type) {
		return
	}
	arg := p.Info().Types[call.Args[0]]
	if arg.IsNil() || types.Identical(arg.Type, fun.Type) {
		return
	}
	p.Report(call, diag.MapVariable, "", "conversion to %s: maps and contexts keep their types", p.TypeName(fun.Type))
}

func pointsToHandle(t types.Type) bool {
	if tp, ok := types.Unalias(t).(*types.TypeParam); ok {
		iface, ok := tp.Constraint().Underlying().(*types.Interface)
		if !ok {
			return false
		}
		for i := range iface.NumEmbeddeds() {
			switch e := iface.EmbeddedType(i).(type) {
			case *types.Union:
				for j := range e.Len() {
					if pointsToHandle(e.Term(j).Type()) {
						return true
					}
				}
			default:
				if pointsToHandle(e) {
					return true
				}
			}
		}
		return false
	}
	ptr, ok := t.Underlying().(*types.Pointer)
	return ok && isHandle(ptr.Elem())
}

// isHandle reports whether t is an opaque SDK type whose values only the
// compiler or the kernel makes: a map type or a context.
func isHandle(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() == nil {
		return false
	}
	name := n.Obj().Name()
	switch n.Obj().Pkg().Path() {
	case source.SDKPath:
		_, ok := abi.MapKindByName(name)
		return ok
	case source.SDKPath + "/xdp", source.SDKPath + "/tc", source.SDKPath + "/kprobe",
		source.SDKPath + "/tracepoint", source.SDKPath + "/perfevent":
		return name == "Context" || name == "ReturnContext"
	}
	return false
}

// mapVar returns the package-level variable of a map type that e names, or
// nil.
func mapVar(p *rule.Pass, e ast.Expr) *types.Var {
	var id *ast.Ident
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	default:
		return nil
	}
	v, ok := p.Info().Uses[id].(*types.Var)
	if !ok || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() || !pointsToHandle(v.Type()) {
		return nil
	}
	return v
}
