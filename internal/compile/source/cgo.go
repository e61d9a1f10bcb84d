// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"go/build"
	"go/parser"
	"go/token"
	"io"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"
)

// CgoImports returns the places where files import "C" that are left out only
// because cgo is off: ignoring them silently would compile a package with parts
// missing.
func (p *Program) CgoImports(pkg *packages.Package) []token.Position {
	ctxt := build.Default
	ctxt.GOOS, ctxt.GOARCH, ctxt.CgoEnabled = "linux", "amd64", true
	ctxt.BuildTags = []string{"rex", "purego"}
	ctxt.OpenFile = func(name string) (io.ReadCloser, error) {
		src, err := p.read(name)
		if err != nil {
			return nil, err
		}
		return io.NopCloser(bytes.NewReader(src)), nil
	}
	var out []token.Position
	for _, name := range pkg.IgnoredFiles {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if ok, err := ctxt.MatchFile(filepath.Dir(name), filepath.Base(name)); err != nil || !ok {
			continue
		}
		src, err := p.read(name)
		if err != nil {
			continue
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, src, parser.ImportsOnly)
		if err != nil {
			continue
		}
		for _, imp := range f.Imports {
			if imp.Path.Value == `"C"` {
				out = append(out, fset.Position(imp.Pos()))
			}
		}
	}
	return out
}
