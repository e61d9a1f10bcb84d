// SPDX-License-Identifier: Apache-2.0

// Package vettool makes the compiler's checks a tool of go vet:
//
//	go vet -vettool=$(which rex) ./...
//
// reports what rex check would for each package that has a program, with the
// same codes.
package vettool

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/rex-go/rex/internal/compile"
	"github.com/rex-go/rex/internal/diag"
)

// Analyzer reports what is outside the language subset in packages with a
// program.
//
// The go command hands over one package and export data of what it imports. The
// subset concerns the whole program, bodies and directives of the SDK included,
// so the package is loaded again, as rex check does.
var Analyzer = &analysis.Analyzer{
	Name: "rex",
	Doc:  "report what kernel extensions cannot use\n\nPackages without a //rex: directive are passed over; rex explain CODE says more about a finding.",
	Run:  run,
}

// IsCall reports whether the go command called this process as a vet tool.
func IsCall(args []string) bool {
	if len(args) == 0 {
		return false
	}
	last := args[len(args)-1]
	return args[0] == "-V=full" || args[0] == "-flags" || strings.HasSuffix(last, ".cfg")
}

// Main answers the go command and ends the process.
func Main() { unitchecker.Main(Analyzer) }

func run(pass *analysis.Pass) (any, error) {
	dir := extensionDir(pass)
	if dir == "" {
		return nil, nil
	}
	_, err := compile.Check(context.Background(), compile.Config{Dir: dir, Pattern: "."})
	var list diag.List
	var one diag.Diagnostic
	switch {
	case err == nil:
		return nil, nil
	case errors.As(err, &list):
	case errors.As(err, &one):
		list = diag.List{one}
	default:
		return nil, err
	}
	for _, d := range list {
		report(pass, d)
	}
	return nil, nil
}

// extensionDir returns the directory of a package with a program, and empty
// for others.
func extensionDir(pass *analysis.Pass) string {
	for _, f := range pass.Files {
		name := pass.Fset.File(f.FileStart).Name()
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Doc == nil {
				continue
			}
			for _, c := range fn.Doc.List {
				if isProgram(c.Text) {
					return filepath.Dir(name)
				}
			}
		}
	}
	return ""
}

// isProgram reports whether a comment is a program's directive, or looks like
// one, rather than the SDK's own notes on type parameters.
func isProgram(comment string) bool {
	word, ok := strings.CutPrefix(comment, "//rex:")
	return ok && !strings.HasPrefix(word, "noref") && !strings.HasPrefix(word, "align1")
}

// report hands a problem over, at its place when that is in the package.
func report(pass *analysis.Pass, d diag.Diagnostic) {
	message := fmt.Sprintf("%s [%s]", d.Message, d.Code)
	if d.Hint != "" {
		message += " (" + d.Hint + ")"
	}
	for _, f := range pass.Files {
		file := pass.Fset.File(f.FileStart)
		if same(file.Name(), d.Pos.Filename) && d.Pos.Line >= 1 && d.Pos.Line <= file.LineCount() {
			pos := file.LineStart(d.Pos.Line) + token.Pos(max(d.Pos.Column-1, 0))
			pass.Reportf(min(pos, f.FileEnd), "%s", message)
			return
		}
	}
	pass.Reportf(pass.Files[0].Name.Pos(), "%v: %s", d.Pos, message)
}

func same(a, b string) bool {
	x, err1 := filepath.Abs(a)
	y, err2 := filepath.Abs(b)
	return err1 == nil && err2 == nil && x == y
}
