// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"strings"

	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/diag"
)

// Rule reports unsafe, cgo, assembly files, bodiless functions and linkname.
var Rule = rule.Rule{Name: "foreign", Run: run}

func run(p *rule.Pass) {
	for _, f := range p.Pkg.Syntax {
		for _, imp := range f.Imports {
			switch strings.Trim(imp.Path.Value, "\"`") {
			case "unsafe":
				p.Report(imp, diag.UnsafeImport, "view bytes as structs with rex.View; package encoding/binary reads and writes integers", "package unsafe is not available in kernel extensions")
			case "C":
				p.Report(imp, diag.Cgo, "write the code in Go", "cgo is not available in kernel extensions")
			}
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body == nil {
				p.Report(fn.Name, diag.NoBody, "write the function in Go", "function %s has no body", fn.Name.Name)
			}
		}
		for _, group := range f.Comments {
			for _, c := range group.List {
				if strings.HasPrefix(c.Text, "//go:linkname") {
					p.Report(c, diag.Linkname, "use exported functions only", "//go:linkname is not available in kernel extensions")
				}
			}
		}
	}
	for _, name := range p.Pkg.OtherFiles {
		switch filepath.Ext(name) {
		case ".s", ".S", ".sx", ".c", ".cc", ".cpp", ".cxx", ".m", ".f", ".F", ".for", ".f90", ".swig", ".swigcxx", ".syso":
			p.Problems.Add(token.Position{Filename: name, Line: 1, Column: 1}, diag.Assembly, "write the code in Go, or leave the file out with a build constraint such as //go:build !rex",
				"file %s is not Go source", filepath.Base(name))
		}
	}
	for _, pos := range p.Source.CgoImports(p.Pkg) {
		p.Problems.Add(pos, diag.Cgo, "write the code in Go, or leave the file out with a build constraint such as //go:build !rex", "cgo is not available in kernel extensions")
	}
}
