// SPDX-License-Identifier: Apache-2.0

package ssabuild

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/compile/ssabuild/readonly"
	"github.com/rex-go/rex/internal/diag"
)

// checkGlobals reports stores to and through package-level variables that hold
// references; package readonly has the rule.
func (b *builder) checkGlobals(p *Program, problems *diag.List) {
	in := readonly.Input{
		Funcs:     p.graph.preorder(p.Entries),
		InitFuncs: p.graph.called(p.Inits),
		Callees:   p.graph.callees,
		IsMap: func(v *ssa.Global) bool {
			obj, ok := v.Object().(*types.Var)
			if !ok {
				return false
			}
			_, ok = b.res.MapVars[obj]
			return ok
		},
		ReadsOnly: readsOnly,
	}
	for _, found := range readonly.Run(in) {
		b.reportGlobal(p.graph, found, problems)
	}
}

// readsOnly says which functions without a body leave their arguments alone:
// those of the ABI, whose helpers copy, and atomic loads.
func readsOnly(f *ssa.Function) bool {
	if _, ok := abi.FuncByGo(f.String()); ok {
		return true
	}
	pkg := declaringPackage(f)
	if pkg == nil {
		return false
	}
	switch pkg.Path() {
	case source.RuntimePath:
		return true
	case "sync/atomic":
		return strings.HasPrefix(f.Name(), "Load")
	}
	return false
}

func (b *builder) reportGlobal(g *graph, found readonly.Problem, problems *diag.List) {
	op := found.Trace[0]
	pos := b.userPos(g, op.Func, op.Pos)
	for _, place := range found.Trace {
		if place.Func != nil && !b.trusted(place.Func) && place.Pos.IsValid() {
			pos = b.src.Fset.Position(place.Pos)
			break
		}
	}
	inside := ""
	if b.trusted(op.Func) {
		inside = " (in " + op.Func.RelString(nil) + ")"
	}
	to := "through"
	if found.Direct {
		to = "to"
	}
	what := "a variable that a package initialiser's closure captured"
	if found.Var != nil {
		name := found.Var.Name()
		if obj := found.Var.Object(); obj != nil && found.Var.Pkg.Pkg != b.src.Root.Types {
			name = found.Var.Pkg.Pkg.Name() + "." + name
		}
		what = "package-level variable " + name + ", which holds references and is read-only after initialisation"
	}
	problems.Add(pos, diag.ReadOnlyGlobal,
		"keep numbers and fixed-size arrays in package-level variables, or use a map variable; copy before changing",
		"%s %s %s%s", found.Op, to, what, inside)
}

// callees returns what a call may run.
func (g *graph) callees(c *ssa.CallCommon) []*ssa.Function {
	if c.IsInvoke() {
		key := invokeKey{c.Value.Type().Underlying().(*types.Interface), c.Method}
		if fns, ok := g.resolved[key]; ok {
			return fns
		}
		var fns []*ssa.Function
		for _, t := range g.boxed {
			if f := g.implementation(t, invoke{iface: key.iface, method: key.method}); f != nil {
				fns = append(fns, f)
			}
		}
		g.resolved[key] = fns
		return fns
	}
	if f := c.StaticCallee(); f != nil {
		return []*ssa.Function{f}
	}
	if _, ok := c.Value.(*ssa.Builtin); ok {
		return nil
	}
	sig := c.Value.Type().Underlying().(*types.Signature)
	var fns []*ssa.Function
	for _, f := range g.taken {
		if types.Identical(plain(f.Signature), sig) {
			fns = append(fns, f)
		}
	}
	return fns
}
