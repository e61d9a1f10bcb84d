// SPDX-License-Identifier: Apache-2.0

package ssabuild

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/compile/check"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
)

// Options changes what Build does.
type Options struct {
	// Provided reports whether lowering has an implementation of its own for
	// a function without a body, named as ssa.Function.String prints it. Such
	// functions, and those of the ABI, may be called.
	Provided func(name string) bool
	// Sanity makes go/ssa check every function it builds.
	Sanity bool
	// WritableGlobals lifts the rule that variables which hold references are
	// read-only after initialisation.
	WritableGlobals bool
}

// Build makes SSA for the checked extension. The error is a diag.List of what
// only shows in the whole program: functions that are not available, and
// stores to read-only variables.
//
// Package initialisers are cut down to what the programs need (see inits.go),
// so SSA is built again until the set of needed variables no longer grows.
func Build(res *check.Result, opts Options) (*Program, error) {
	for path, pkg := range res.Source.All {
		if res.Source.IsUser(path) && pkg.TypesInfo != nil {
			constRanges(pkg.Syntax, pkg.TypesInfo)
		}
	}
	needed := map[*types.Var]bool{}
	for {
		b := newBuilder(res, opts, needed)
		b.create()
		p := b.program()
		if !b.grow(p.graph) {
			return finish(b, p)
		}
	}
}

// finish runs the checks on a complete program.
func finish(b *builder, p *Program) (*Program, error) {
	var problems diag.List
	b.checkBodies(p, &problems)
	b.checkInstances(p, &problems)
	if len(problems) == 0 && !b.opts.WritableGlobals {
		// What cannot be reached in the end would only add noise.
		b.checkGlobals(p, &problems)
		b.checkStale(p, &problems)
		b.checkDeleted(p, &problems)
	}
	problems.Sort()
	if err := problems.Dedup().Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// builder is one round of Build.
type builder struct {
	res    *check.Result
	src    *source.Program
	opts   Options
	needed map[*types.Var]bool
	prog   *ssa.Program
	// order lists the loaded packages, dependencies first.
	order []*packages.Package
	// active holds the packages whose initialiser does anything.
	active map[*types.Package]bool
}

func newBuilder(res *check.Result, opts Options, needed map[*types.Var]bool) *builder {
	mode := ssa.InstantiateGenerics | ssa.BareInits
	if opts.Sanity {
		mode |= ssa.SanityCheckFunctions
	}
	return &builder{
		res:    res,
		src:    res.Source,
		opts:   opts,
		needed: needed,
		prog:   ssa.NewProgram(res.Source.Fset, mode),
		active: map[*types.Package]bool{},
	}
}

// create makes the SSA packages. Functions are built later, package by
// package, when one is reached.
func (b *builder) create() {
	seen := map[*packages.Package]bool{}
	var visit func(pkg *packages.Package)
	visit = func(pkg *packages.Package) {
		if pkg == nil || pkg.Types == nil || seen[pkg] {
			return
		}
		seen[pkg] = true
		for _, imp := range pkg.Types.Imports() {
			visit(b.src.All[imp.Path()])
		}
		b.order = append(b.order, pkg)
	}
	visit(b.src.All[source.RuntimePath])
	visit(b.src.Root)
	if b.prog.ImportedPackage("unsafe") == nil {
		b.prog.CreatePackage(types.Unsafe, nil, nil, true)
	}
	for _, pkg := range b.order {
		if pkg.TypesInfo == nil {
			b.prog.CreatePackage(pkg.Types, nil, nil, true)
			continue
		}
		files, info := b.trim(pkg)
		b.prog.CreatePackage(pkg.Types, files, info, true)
	}
	// Lowering calls functions of the runtime package on its own account.
	b.buildWithImports(b.src.All[source.RuntimePath], map[*packages.Package]bool{})
}

func (b *builder) buildWithImports(pkg *packages.Package, seen map[*packages.Package]bool) {
	if pkg == nil || pkg.TypesInfo == nil || seen[pkg] {
		return
	}
	seen[pkg] = true
	for _, imp := range pkg.Types.Imports() {
		b.buildWithImports(b.src.All[imp.Path()], seen)
	}
	b.prog.Package(pkg.Types).Build()
}

// ensure builds the package that a function belongs to.
func (b *builder) ensure(f *ssa.Function) {
	if f.Blocks == nil && f.Pkg != nil {
		f.Pkg.Build()
	}
}

// program collects what is reachable.
func (b *builder) program() *Program {
	p := &Program{SSA: b.prog, Check: b.res}
	for _, prog := range b.res.Programs {
		p.Entries = append(p.Entries, b.prog.FuncValue(prog.Func))
	}
	for _, pkg := range b.initOrder() {
		if b.active[pkg.Types] {
			p.Inits = append(p.Inits, b.prog.Package(pkg.Types).Func("init"))
		}
	}
	g := newGraph(b)
	for _, f := range p.Entries {
		g.add(f)
	}
	for _, f := range p.Inits {
		g.add(f)
	}
	g.solve()
	p.graph = g
	p.Funcs = g.preorder(append(append([]*ssa.Function(nil), p.Entries...), p.Inits...))
	p.Guard = g.guard()
	p.Trusted = map[*ssa.Function]bool{}
	for _, f := range p.Funcs {
		if b.trusted(f) {
			p.Trusted[f] = true
		}
	}
	return p
}

// initOrder lists the packages as Go initialises them: again and again the
// first by import path whose imports are all done (Go specification, Program
// initialization).
func (b *builder) initOrder() []*packages.Package {
	waiting := slices.Clone(b.order)
	slices.SortFunc(waiting, func(x, y *packages.Package) int { return strings.Compare(x.PkgPath, y.PkgPath) })
	done := map[*types.Package]bool{types.Unsafe: true}
	var out []*packages.Package
	for len(waiting) > 0 {
		i := slices.IndexFunc(waiting, func(p *packages.Package) bool {
			return !slices.ContainsFunc(p.Types.Imports(), func(imp *types.Package) bool { return !done[imp] })
		})
		i = max(i, 0) // imports have no cycles
		done[waiting[i].Types] = true
		out = append(out, waiting[i])
		waiting = slices.Delete(waiting, i, i+1)
	}
	return out
}

// declaringPackage returns the package whose source a function comes from: for
// closures, instances and wrappers that of the declared function behind them.
func declaringPackage(f *ssa.Function) *types.Package {
	for f.Parent() != nil {
		f = f.Parent()
	}
	if o := f.Origin(); o != nil {
		f = o
	}
	if f.Pkg != nil {
		return f.Pkg.Pkg
	}
	if obj := f.Object(); obj != nil {
		return obj.Pkg()
	}
	return nil
}

// trusted reports whether a function belongs to the SDK or to the standard
// library. A function without source, such as the Error method of the
// predeclared type, is trusted as well.
func (b *builder) trusted(f *ssa.Function) bool {
	pkg := declaringPackage(f)
	return pkg == nil || !b.src.IsUser(pkg.Path())
}
