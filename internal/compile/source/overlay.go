// SPDX-License-Identifier: Apache-2.0

package source

import (
	"embed"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// Overlays replace single functions of the standard library whose body is in
// the runtime, or does what extensions cannot. Each file is named after its
// package, with dots for slashes; its functions and methods take the place of
// those of the same name.
//
//go:embed overlay/*.go.txt
var overlays embed.FS

// overlay parses the overlay of a package, nil when there is none.
func overlay(fset *token.FileSet, path string) (*ast.File, error) {
	name := "overlay/" + strings.ReplaceAll(path, "/", ".") + ".go.txt"
	src, err := overlays.ReadFile(name)
	if err != nil {
		return nil, nil // no overlay for this package
	}
	return parser.ParseFile(fset, "rex/"+name, src, parser.SkipObjectResolution)
}

// replace drops the functions of files that the overlay declares as well.
func replace(files []*ast.File, with *ast.File) {
	have := map[string]bool{}
	for _, d := range with.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			have[funcKey(fn)] = true
		}
	}
	for _, f := range files {
		decls := f.Decls[:0]
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && have[funcKey(fn)] {
				continue
			}
			decls = append(decls, d)
		}
		f.Decls = decls
	}
}

// funcKey is a function's name, with its receiver's type.
func funcKey(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return fn.Name.Name
	}
	t := fn.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + "." + fn.Name.Name
		default:
			return "." + fn.Name.Name
		}
	}
}
