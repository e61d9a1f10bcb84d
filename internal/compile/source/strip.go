// SPDX-License-Identifier: Apache-2.0

package source

import (
	"go/ast"
	"path"

	"golang.org/x/tools/go/packages"
)

// strip drops the function bodies of a file, and the imports that only they
// used. What is left declares the same package-level names.
func strip(f *ast.File, pkg *packages.Package) {
	used := map[string]bool{}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			fn.Body = nil
		}
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				n.Body = &ast.BlockStmt{Lbrace: n.Body.Lbrace, Rbrace: n.Body.Rbrace}
			case *ast.SelectorExpr:
				if id, ok := n.X.(*ast.Ident); ok {
					used[id.Name] = true
				}
			}
			return true
		})
	}
	keep := func(s *ast.ImportSpec) bool {
		if s.Name != nil && s.Name.Name != "_" {
			return s.Name.Name == "." || used[s.Name.Name]
		}
		if s.Name != nil {
			return false
		}
		p := importPath(s)
		name := path.Base(p)
		if dep := pkg.Imports[p]; dep != nil && dep.Name != "" {
			name = dep.Name
		}
		return used[name]
	}
	var imports []*ast.ImportSpec
	for _, s := range f.Imports {
		if keep(s) {
			imports = append(imports, s)
		}
	}
	f.Imports = imports
	decls := f.Decls[:0]
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || len(g.Specs) == 0 {
			decls = append(decls, d)
			continue
		}
		if _, ok := g.Specs[0].(*ast.ImportSpec); !ok {
			decls = append(decls, d)
			continue
		}
		var specs []ast.Spec
		for _, s := range g.Specs {
			if keep(s.(*ast.ImportSpec)) {
				specs = append(specs, s)
			}
		}
		if len(specs) > 0 {
			g.Specs = specs
			decls = append(decls, g)
		}
	}
	f.Decls = decls
}
