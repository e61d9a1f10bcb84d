// SPDX-License-Identifier: Apache-2.0

package view

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/rex-go/rex/internal/compile/check/noref"
	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/compile/check/rules/maps"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
)

// Rule reports type arguments that hold references.
var Rule = rule.Rule{Name: "view", Run: run}

// The ways out.
const (
	refHint   = "use fixed-size arrays and numbers in types that are laid over bytes"
	exactHint = "fill gaps with named fields: the bytes of padding are nobody's"
	alignHint = "use bytes, byte arrays, and the big-endian types of package packet"
)

// Check says what is wrong with the type arguments of an instance of fn, which
// must be a generic function's origin: nothing when code is empty. Arguments
// that depend on type parameters are passed over.
func (d Directives) Check(fn *types.Func, args []types.Type, sizes types.Sizes, name func(types.Type) string) (code diag.Code, hint, message string) {
	full := fn.Name()
	if fn.Pkg() != nil {
		full = fn.Pkg().Name() + "." + full
	}
	for _, r := range d[fn] {
		if r.index >= len(args) {
			continue
		}
		t := args[r.index]
		ref := noref.Find(t)
		switch {
		case ref != nil && isParam(ref.Type):
		case r.exact:
			if why := unequal(sizes, t); why != "" {
				return diag.ViewPadding, exactHint, fmt.Sprintf("%s of type %s, which %s", full, name(t), why)
			}
		case ref != nil && r.noref:
			return diag.ViewReference, refHint, fmt.Sprintf("%s of type %s, which holds a reference: %s", full, name(t), ref)
		case !r.noref && !dependent(t):
			if n := sizes.Alignof(t); n > 1 {
				return diag.ViewAlignment, alignHint, fmt.Sprintf("%s of type %s, which must lie at a multiple of %d bytes", full, name(t), n)
			}
		}
	}
	return "", "", ""
}

func unequal(sizes types.Sizes, t types.Type) string {
	if dependent(t) {
		return ""
	}
	return maps.Unequal(sizes, t)
}

func isParam(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}

// dependent reports whether the layout of a NoRef type depends on a type
// parameter.
func dependent(t types.Type) bool {
	if isParam(t) {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Array:
		return dependent(u.Elem())
	case *types.Struct:
		for i := range u.NumFields() {
			if dependent(u.Field(i).Type()) {
				return true
			}
		}
	}
	return false
}

func run(p *rule.Pass) {
	directives := Find(p.Source)
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
		args := slices.Collect(inst.TypeArgs.Types())
		if code, hint, msg := directives.Check(fn.Origin(), args, p.Source.Sizes, p.TypeName); code != "" {
			p.Report(id, code, hint, "%s", msg)
		}
		return true
	})
}

// isConstructor: rule maps reports these with more to say.
func isConstructor(fn *types.Func) bool {
	return fn.Pkg() != nil && fn.Pkg().Path() == source.SDKPath && strings.HasPrefix(fn.Name(), "New")
}

// Directives holds what the SDK demands of type arguments.
type Directives map[*types.Func][]requirement

// requirement is one directive: the type argument at index holds no references
// (//rex:noref), has alignment 1 (//rex:align1), or is nothing but its fields
// (//rex:exact): it has no padding.
type requirement struct {
	index int
	noref bool
	exact bool
}

// Find collects the directives of the SDK's functions.
func Find(src *source.Program) Directives {
	out := Directives{}
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
				if obj, ok := pkg.TypesInfo.Defs[fn.Name].(*types.Func); ok {
					for _, c := range fn.Doc.List {
						out.add(obj, c.Text)
					}
				}
			}
		}
	}
	return out
}

// add reads one line of a doc comment.
func (d Directives) add(fn *types.Func, line string) {
	word, name, _ := strings.Cut(line, " ")
	if word != "//rex:noref" && word != "//rex:align1" && word != "//rex:exact" {
		return
	}
	tps := fn.Signature().TypeParams()
	for i := range tps.Len() {
		if tps.At(i).Obj().Name() == strings.TrimSpace(name) {
			d[fn] = append(d[fn], requirement{i, word == "//rex:noref", word == "//rex:exact"})
		}
	}
}
