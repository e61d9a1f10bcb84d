// SPDX-License-Identifier: Apache-2.0

package ssabuild

import (
	"fmt"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/check/rules/view"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
)

// userPos climbs from a place in trusted code to the user's call that leads
// there, so that the diagnostic points at something the user can change.
func (b *builder) userPos(g *graph, f *ssa.Function, pos token.Pos) token.Position {
	best := pos
	for range len(g.funcs) + 1 {
		if pos.IsValid() {
			best = pos
			if f != nil && !b.trusted(f) {
				return b.src.Fset.Position(pos)
			}
		}
		if e := g.via[f]; e.from != nil {
			f, pos = e.from, e.pos
		} else if use, ok := b.initialised(g, f, pos); ok {
			f, pos = use.from, use.pos
		} else {
			break
		}
	}
	return b.src.Fset.Position(best)
}

// initialised finds the variable whose initialiser, in a package initialiser,
// is at pos, and returns where it is used.
func (b *builder) initialised(g *graph, f *ssa.Function, pos token.Pos) (globalUse, bool) {
	if f == nil || f.Pkg == nil || f != f.Pkg.Func("init") {
		return globalUse{}, false
	}
	pkg := b.src.All[f.Pkg.Pkg.Path()]
	for _, init := range pkg.TypesInfo.InitOrder {
		if pos < init.Rhs.Pos() || pos > init.Rhs.End() {
			continue
		}
		for _, v := range init.Lhs {
			if global, ok := f.Pkg.Members[v.Name()].(*ssa.Global); ok {
				if use, ok := g.isGlobal[global]; ok && use.from != f {
					return use, true
				}
			}
		}
	}
	return globalUse{}, false
}

// checkBodies reports functions and variables that the program needs and that
// extensions do not have.
func (b *builder) checkBodies(p *Program, problems *diag.List) {
	g := p.graph
	more := map[token.Position]int{} // index into found
	var found diag.List
	var count []int
	report := func(pos token.Position, message string) {
		if i, ok := more[pos]; ok {
			count[i]++
			return
		}
		more[pos] = len(found)
		count = append(count, 0)
		found.Add(pos, diag.FunctionNoBody, "", "%s", message)
	}
	for _, f := range g.funcs {
		if f.Blocks == nil && !b.provided(f) {
			e := g.via[f]
			report(b.userPos(g, e.from, e.pos), b.unavailable(f, e))
		}
	}
	for _, v := range g.globals {
		pkg := v.Pkg.Pkg
		if b.src.HasBodies(pkg.Path()) {
			continue
		}
		use := g.isGlobal[v]
		report(b.userPos(g, use.from, use.pos),
			fmt.Sprintf("variable %s.%s is not available in kernel extensions%s", pkg.Path(), v.Name(), b.through(use.from)))
	}
	for i, n := range count {
		if n > 0 {
			found[i].Message += fmt.Sprintf(" (and %d more)", n)
		}
	}
	*problems = append(*problems, found...)
}

func (b *builder) unavailable(f *ssa.Function, e edge) string {
	name := f.RelString(nil)
	if pkg := declaringPackage(f); pkg != nil && !b.src.HasBodies(pkg.Path()) {
		return "package " + pkg.Path() + " is not available in kernel extensions: " + name + " is called" + b.through(e.from)
	}
	return "function " + name + " is not available in kernel extensions" + b.through(e.from)
}

// through names the trusted function that a problem is in.
func (b *builder) through(f *ssa.Function) string {
	if f == nil || !b.trusted(f) {
		return ""
	}
	return " by " + f.RelString(nil)
}

// provided reports whether a function needs no body: the kernel, the compiler
// or the runtime package has it.
func (b *builder) provided(f *ssa.Function) bool {
	name := f.String()
	if _, ok := abi.FuncByGo(name); ok {
		return true
	}
	if pkg := declaringPackage(f); pkg != nil && pkg.Path() == source.RuntimePath {
		return true
	}
	return b.opts.Provided != nil && b.opts.Provided(name)
}

// checkInstances reports instances of SDK functions whose type arguments only
// became known by instantiation of a generic function around them.
func (b *builder) checkInstances(p *Program, problems *diag.List) {
	directives := view.Find(b.src)
	for _, f := range p.graph.funcs {
		o := f.Origin()
		if o == nil {
			continue
		}
		obj, ok := o.Object().(*types.Func)
		if !ok {
			continue
		}
		if code, hint, msg := directives.Check(obj, f.TypeArgs(), b.src.Sizes, typeName); code != "" {
			e := p.graph.via[f]
			problems.Add(b.userPos(p.graph, e.from, e.pos), code, hint, "%s", msg)
		}
	}
}

func typeName(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string { return p.Name() })
}
