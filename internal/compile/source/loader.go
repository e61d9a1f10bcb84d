// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/types"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"

	"github.com/rex-go/rex/internal/diag"
)

// loader parses and type-checks what the extension needs. It goes by demand:
// for a package without bodies it follows only the imports that the remaining
// declarations mention, which leaves out most of the runtime.
type loader struct {
	prog     *Program
	problems diag.List
	parsed   map[string]*unit
	order    []*unit // dependencies first
}

// unit is one package while it is loaded.
type unit struct {
	pkg     *packages.Package
	files   []*ast.File
	imports map[string]bool // import paths as written
	errs    []error
}

func (l *loader) load() diag.List {
	l.parsed = map[string]*unit{}
	l.parseAll()
	if len(l.problems) == 0 {
		l.sortUnits()
		for _, u := range l.order {
			l.check(u)
		}
	}
	l.problems.Sort()
	return l.problems
}

// parseAll parses wave after wave of imports, each wave in parallel.
func (l *loader) parseAll() {
	wave := []*packages.Package{l.prog.Root}
	if rt := l.prog.All[RuntimePath]; rt != nil {
		wave = append(wave, rt)
	}
	for len(wave) > 0 {
		units := make([]*unit, len(wave))
		var wg sync.WaitGroup
		gate := make(chan struct{}, runtime.GOMAXPROCS(0))
		for i, p := range wave {
			units[i] = &unit{pkg: p, imports: map[string]bool{}}
			l.parsed[p.PkgPath] = units[i]
			wg.Add(1)
			go func() {
				defer wg.Done()
				gate <- struct{}{}
				l.parse(units[i])
				<-gate
			}()
		}
		wg.Wait()
		wave = nil
		for _, u := range units {
			for _, err := range u.errs {
				l.parseError(err)
			}
			for path := range u.imports {
				dep := u.pkg.Imports[path]
				if dep == nil || path == "unsafe" || l.parsed[dep.PkgPath] != nil {
					continue
				}
				l.parsed[dep.PkgPath] = &unit{}
				wave = append(wave, dep)
			}
		}
	}
}

// parse fills u from the package's files.
func (l *loader) parse(u *unit) {
	bodies := l.prog.HasBodies(u.pkg.PkgPath)
	mode := parser.SkipObjectResolution
	if !l.prog.IsStd(u.pkg.PkgPath) {
		mode |= parser.ParseComments | parser.AllErrors
	}
	names := l.prog.files(u.pkg)
	if bodies && l.prog.IsStd(u.pkg.PkgPath) && isWhole(u.pkg.PkgPath) {
		names = nil
	}
	for _, name := range names {
		src, err := l.prog.read(name)
		if err != nil {
			u.errs = append(u.errs, err)
			continue
		}
		f, err := parser.ParseFile(l.prog.Fset, name, src, mode)
		if err != nil {
			u.errs = append(u.errs, err)
			continue
		}
		if !bodies {
			strip(f, u.pkg)
		}
		for _, imp := range f.Imports {
			u.imports[importPath(imp)] = true
		}
		u.files = append(u.files, f)
	}
	if bodies && l.prog.IsStd(u.pkg.PkgPath) {
		f, err := overlay(l.prog.Fset, u.pkg.PkgPath)
		if err != nil {
			u.errs = append(u.errs, err)
		} else if f != nil {
			replace(u.files, f)
			for _, imp := range f.Imports {
				u.imports[importPath(imp)] = true
			}
			u.files = append(u.files, f)
		}
	}
}

// importPath returns the path of an import declaration.
func importPath(s *ast.ImportSpec) string { return strings.Trim(s.Path.Value, "\"`") }

func (l *loader) parseError(err error) {
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		l.problems = append(l.problems, fail(diag.TypeError, "", "read source: %v", err)...)
		return
	}
	for _, e := range list {
		l.problems.Add(e.Pos, diag.TypeError, "", "%s", e.Msg)
	}
}

// sortUnits orders the parsed packages, dependencies first.
func (l *loader) sortUnits() {
	done := map[*unit]bool{}
	var visit func(u *unit)
	visit = func(u *unit) {
		if u == nil || done[u] || u.pkg == nil {
			return
		}
		done[u] = true
		for _, f := range u.files {
			for _, imp := range f.Imports {
				if dep := u.pkg.Imports[importPath(imp)]; dep != nil {
					visit(l.parsed[dep.PkgPath])
				}
			}
		}
		l.order = append(l.order, u)
	}
	visit(l.parsed[RuntimePath])
	visit(l.parsed[l.prog.Root.PkgPath])
}

// check type-checks one package whose dependencies are done.
func (l *loader) check(u *unit) {
	p := u.pkg
	std := l.prog.IsStd(p.PkgPath)
	bodies := l.prog.HasBodies(p.PkgPath)
	conf := types.Config{
		Importer:         importer{u.pkg},
		Sizes:            l.prog.Sizes,
		IgnoreFuncBodies: !bodies,
		FakeImportC:      true,
		Error: func(err error) {
			if std {
				return
			}
			l.typeError(err)
		},
	}
	if p.Module != nil && p.Module.GoVersion != "" {
		conf.GoVersion = "go" + p.Module.GoVersion
	}
	var info *types.Info
	if bodies {
		info = &types.Info{
			Types:        map[ast.Expr]types.TypeAndValue{},
			Defs:         map[*ast.Ident]types.Object{},
			Uses:         map[*ast.Ident]types.Object{},
			Implicits:    map[ast.Node]types.Object{},
			Instances:    map[*ast.Ident]types.Instance{},
			Scopes:       map[ast.Node]*types.Scope{},
			Selections:   map[*ast.SelectorExpr]*types.Selection{},
			FileVersions: map[*ast.File]string{},
		}
	}
	p.Types, _ = conf.Check(p.PkgPath, l.prog.Fset, u.files, info)
	p.TypesInfo = info
	p.Fset = l.prog.Fset
	p.TypesSizes = l.prog.Sizes
	if bodies {
		p.Syntax = u.files
	}
}

func (l *loader) typeError(err error) {
	var e types.Error
	if !errors.As(err, &e) {
		l.problems = append(l.problems, fail(diag.TypeError, "", "%v", err)...)
		return
	}
	l.problems.Add(l.prog.Fset.Position(e.Pos), diag.TypeError, "", "%s", strings.ReplaceAll(e.Msg, "\n\t", "; "))
}

// importer resolves the imports of one package to what was checked before.
type importer struct{ pkg *packages.Package }

func (im importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	dep := im.pkg.Imports[path]
	if dep == nil || dep.Types == nil {
		return nil, fmt.Errorf("package %s is not loaded", path)
	}
	return dep.Types, nil
}
