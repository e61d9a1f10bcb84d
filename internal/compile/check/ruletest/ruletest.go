// SPDX-License-Identifier: Apache-2.0

// Package ruletest runs checks over testdata and compares what they report
// with what the source expects. An expectation is a comment on the line of the
// diagnostic, with one or more codes and regular expressions:
//
//	go work() // want REX0101 `go statement`
package ruletest

import (
	"errors"
	"fmt"
	"go/ast"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/tools/go/packages"

	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
)

// Load loads a directory of testdata.
func Load(t *testing.T, dir string) *source.Program {
	t.Helper()
	src, err := source.Load(t.Context(), source.Config{Pattern: dir})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// Run runs one rule over the package in dir and the packages of testdata that
// it imports, and compares.
func Run(t *testing.T, dir string, r rule.Rule) {
	t.Helper()
	src := Load(t, dir)
	var problems diag.List
	for _, pkg := range userPackages(src) {
		pass := &rule.Pass{Source: src, Pkg: pkg}
		r.Run(pass)
		problems = append(problems, pass.Problems...)
	}
	Compare(t, src, problems)
}

func userPackages(src *source.Program) []*packages.Package {
	var out []*packages.Package
	for path, pkg := range src.All {
		if src.IsUser(path) && pkg.TypesInfo != nil {
			out = append(out, pkg)
		}
	}
	return out
}

// CompareError is Compare for the error of a stage: nil or a diag.List.
func CompareError(t *testing.T, src *source.Program, err error) {
	t.Helper()
	var list diag.List
	if err != nil && !errors.As(err, &list) {
		t.Fatal(err)
	}
	Compare(t, src, list)
}

type want struct {
	code diag.Code
	re   *regexp.Regexp
	met  bool
}

var expectation = regexp.MustCompile("(REX[0-9]{4}) +`([^`]*)`")

// Compare compares problems with the expectations in the user's packages.
func Compare(t *testing.T, src *source.Program, problems diag.List) {
	t.Helper()
	wants := map[string][]*want{}
	for _, pkg := range userPackages(src) {
		for _, f := range pkg.Syntax {
			collect(t, src, f, wants)
		}
	}
	for _, d := range problems {
		if r, _ := utf8.DecodeRuneInString(d.Message); unicode.IsUpper(r) && !strings.HasPrefix(d.Message, "Go ") {
			t.Errorf("%s: message %q does not begin in lower case", d.Pos, d.Message)
		}
		if _, ok := diag.Explain(d.Code); !ok {
			t.Errorf("%s: code %s is not documented", d.Pos, d.Code)
		}
		at := key(d.Pos.Filename, d.Pos.Line)
		i := slices.IndexFunc(wants[at], func(w *want) bool {
			return !w.met && w.code == d.Code && w.re.MatchString(d.Message)
		})
		if i < 0 {
			t.Errorf("unexpected: %v", d)
			continue
		}
		wants[at][i].met = true
	}
	for at, list := range wants {
		for _, w := range list {
			if !w.met {
				t.Errorf("%s: no diagnostic %s matching %q", at, w.code, w.re)
			}
		}
	}
}

func collect(t *testing.T, src *source.Program, f *ast.File, wants map[string][]*want) {
	t.Helper()
	for _, group := range f.Comments {
		for _, c := range group.List {
			_, text, ok := strings.Cut(c.Text, "// want ")
			if !ok {
				continue
			}
			pos := src.Fset.Position(c.Pos())
			found := expectation.FindAllStringSubmatch(text, -1)
			if found == nil {
				t.Fatalf("%s: malformed expectation %q", pos, text)
			}
			for _, m := range found {
				at := key(pos.Filename, pos.Line)
				wants[at] = append(wants[at], &want{code: diag.Code(m[1]), re: regexp.MustCompile(m[2])})
			}
		}
	}
}

func key(file string, line int) string {
	return fmt.Sprintf("%s:%d", filepath.Base(file), line)
}
