// SPDX-License-Identifier: Apache-2.0

package ssabuild

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/packages"
)

// Package initialisation.
//
// Go runs every initialiser of every package. An extension runs:
//
//   - in user code, every init function and every initialiser that may do more
//     than compute a value (it calls something), as Go does; others only when
//     their variable is used;
//   - in the SDK and the standard library, whose initialisers have no effect
//     but their variable, only those whose variable is used by a function that
//     is reachable, and the init functions that mention such a variable.
//
// Map variables have no initialiser at all: user space makes the map.
//
// The cut is made before go/ssa sees the package, in copies of its file and
// type information, so that the package initialiser it builds has exactly
// these. Using a variable makes its initialiser reachable, which may use
// others: Build repeats until nothing is added.

// trim returns the files and type information of a package with unneeded
// initialisers left out, and records whether any remain.
func (b *builder) trim(pkg *packages.Package) ([]*ast.File, *types.Info) {
	user := b.src.IsUser(pkg.PkgPath)
	info := *pkg.TypesInfo
	info.InitOrder = nil
	for _, init := range pkg.TypesInfo.InitOrder {
		if b.keep(init, user, &info) {
			info.InitOrder = append(info.InitOrder, init)
		}
	}
	if len(info.InitOrder) > 0 {
		b.active[pkg.Types] = true
	}
	files := make([]*ast.File, len(pkg.Syntax))
	for i, f := range pkg.Syntax {
		files[i] = f
		var decls []ast.Decl
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && isInit(fn) {
				if !user && !b.mentionsNeeded(fn, &info) {
					continue
				}
				b.active[pkg.Types] = true
			}
			decls = append(decls, d)
		}
		if len(decls) != len(f.Decls) {
			cut := *f
			cut.Decls = decls
			files[i] = &cut
			info.FileVersions = versions(info.FileVersions, f, &cut)
		}
	}
	return files, &info
}

// versions returns m with the entry of file old also under cut.
func versions(m map[*ast.File]string, old, cut *ast.File) map[*ast.File]string {
	out := make(map[*ast.File]string, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	out[cut] = m[old]
	return out
}

func isInit(fn *ast.FuncDecl) bool { return fn.Recv == nil && fn.Name.Name == "init" }

func (b *builder) keep(init *types.Initializer, user bool, info *types.Info) bool {
	for _, v := range init.Lhs {
		if _, ok := b.res.MapVars[v]; ok {
			return false
		}
		if b.needed[v] {
			return true
		}
	}
	return user && effects(init.Rhs, info)
}

// effects reports whether evaluating an initialiser may do more than compute
// its value: call a function or panic.
func effects(e ast.Expr, info *types.Info) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if tv := info.Types[n.Fun]; tv.IsType() {
				// A conversion; from a slice to an array it may panic.
				_, array := tv.Type.Underlying().(*types.Array)
				found = found || array
			} else if info.Types[n].Value == nil {
				found = true
			}
		case *ast.IndexExpr:
			tv := info.Types[n.X]
			found = found || tv.IsValue() && tv.Value == nil
		case *ast.SliceExpr, *ast.StarExpr, *ast.TypeAssertExpr:
			if !info.Types[n.(ast.Expr)].IsType() {
				found = true
			}
		case *ast.BinaryExpr:
			switch n.Op {
			case token.QUO, token.REM, token.SHL, token.SHR, token.EQL, token.NEQ:
				found = found || info.Types[n].Value == nil
			}
		case *ast.SelectorExpr:
			if sel := info.Selections[n]; sel != nil && sel.Indirect() {
				found = true
			}
		}
		return !found
	})
	return found
}

func (b *builder) mentionsNeeded(fn *ast.FuncDecl, info *types.Info) bool {
	found := false
	ast.Inspect(fn, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := info.Uses[id].(*types.Var); ok && b.needed[v] {
				found = true
			}
		}
		return !found
	})
	return found
}

// grow adds the variables that reachable functions use to the needed ones and
// reports whether any of them brings an initialiser that was left out.
func (b *builder) grow(g *graph) bool {
	grown := false
	for _, v := range g.globals {
		obj, ok := v.Object().(*types.Var)
		if !ok || b.needed[obj] {
			continue
		}
		b.needed[obj] = true
		if pkg := b.src.All[obj.Pkg().Path()]; pkg != nil && pkg.TypesInfo != nil && b.brings(pkg, obj) {
			grown = true
		}
	}
	return grown
}

// brings reports whether needing v changes the package's initialisation.
func (b *builder) brings(pkg *packages.Package, v *types.Var) bool {
	if _, ok := b.res.MapVars[v]; ok {
		return false
	}
	for _, init := range pkg.TypesInfo.InitOrder {
		for _, lhs := range init.Lhs {
			if lhs == v {
				return true
			}
		}
	}
	if b.src.IsUser(pkg.PkgPath) {
		return false
	}
	for _, f := range pkg.Syntax {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && isInit(fn) && b.mentionsNeeded(fn, pkg.TypesInfo) {
				return true
			}
		}
	}
	return false
}
