// SPDX-License-Identifier: Apache-2.0

package view

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/rex-go/rex/internal/compile/check/noref"
	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
)

// Rule reports type arguments that hold references.
var Rule = rule.Rule{Name: "view", Run: run}

// Hint is the way out, for this rule and for ssabuild.
const Hint = "use fixed-size arrays and numbers in types that are laid over bytes"

func run(p *rule.Pass) {
	params := Params(p.Source)
	p.Inspect(func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		inst, ok := p.Info().Instances[id]
		if !ok {
			return true
		}
		fn, ok := p.Info().Uses[id].(*types.Func)
		if !ok || isConstructor(fn) {
			return true
		}
		for _, i := range params[fn.Origin()] {
			if i >= inst.TypeArgs.Len() {
				continue
			}
			t := inst.TypeArgs.At(i)
			ref := noref.Find(t)
			if ref == nil {
				continue
			}
			if _, ok := types.Unalias(ref.Type).(*types.TypeParam); ok {
				continue
			}
			p.Report(id, diag.ViewReference, Hint, "%s.%s of type %s, which holds a reference: %s", fn.Pkg().Name(), fn.Name(), p.TypeName(t), ref)
		}
		return true
	})
}

// isConstructor: rule maps reports these with more to say.
func isConstructor(fn *types.Func) bool {
	return fn.Pkg() != nil && fn.Pkg().Path() == source.SDKPath && strings.HasPrefix(fn.Name(), "New")
}

// Params returns, for each SDK function with //rex:noref directives, the
// indexes of the type parameters they name.
func Params(src *source.Program) map[*types.Func][]int {
	out := map[*types.Func][]int{}
	for path, pkg := range src.All {
		if !src.IsSDK(path) || pkg.TypesInfo == nil {
			continue
		}
		for _, f := range pkg.Syntax {
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Doc == nil {
					continue
				}
				obj, ok := pkg.TypesInfo.Defs[fn.Name].(*types.Func)
				if !ok {
					continue
				}
				for _, c := range fn.Doc.List {
					name, ok := strings.CutPrefix(c.Text, "//rex:noref ")
					if !ok {
						continue
					}
					tps := obj.Signature().TypeParams()
					for i := range tps.Len() {
						if tps.At(i).Obj().Name() == strings.TrimSpace(name) {
							out[obj] = append(out[obj], i)
						}
					}
				}
			}
		}
	}
	return out
}
