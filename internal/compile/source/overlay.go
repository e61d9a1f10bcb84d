// SPDX-License-Identifier: Apache-2.0

package source

import (
	"embed"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// Overlays replace single declarations of the standard library: functions whose
// body is in the runtime or does what extensions cannot, and variables that
// are filled on first use, which must be filled when they are declared here,
// since memory of one invocation must not be found by the next. Each file is
// named after its package, with dots for slashes; what it declares takes the
// place of what has the same name. A file that begins with the line
//
//	// whole
//
// stands for the whole package.
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

// isWhole reports whether an overlay takes the place of all files.
func isWhole(path string) bool {
	src, err := overlays.ReadFile("overlay/" + strings.ReplaceAll(path, "/", ".") + ".go.txt")
	return err == nil && strings.HasPrefix(string(src), "// whole\n")
}

// replace drops the declarations of files that the overlay has as well.
func replace(files []*ast.File, with *ast.File) {
	have := map[string]bool{}
	for _, d := range with.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			have[funcKey(fn)] = true
		}
		if g, ok := d.(*ast.GenDecl); ok {
			for _, s := range g.Specs {
				for _, id := range specNames(s) {
					have[id.Name] = true
				}
			}
		}
	}
	for _, f := range files {
		decls := f.Decls[:0]
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && have[funcKey(fn)] {
				continue
			}
			if g, ok := d.(*ast.GenDecl); ok && (g.Tok == token.VAR || g.Tok == token.TYPE) {
				g.Specs = slices.DeleteFunc(g.Specs, func(s ast.Spec) bool {
					names := specNames(s)
					return len(names) == 1 && have[names[0].Name]
				})
				if len(g.Specs) == 0 {
					continue
				}
			}
			decls = append(decls, d)
		}
		f.Decls = decls
	}
}

// specNames returns what a specification declares.
func specNames(s ast.Spec) []*ast.Ident {
	switch s := s.(type) {
	case *ast.ValueSpec:
		return s.Names
	case *ast.TypeSpec:
		return []*ast.Ident{s.Name}
	}
	return nil
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
