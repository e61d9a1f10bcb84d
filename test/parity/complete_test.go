// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"go/ast"
	"go/types"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"
)

// sdk are the packages that extensions import.
var sdk = []string{"", "/xdp", "/tc", "/kprobe", "/tracepoint", "/perfevent", "/packet", "/kernel"}

const modulePath = "github.com/rex-go/rex"

// without are the exported functions and methods that no scenario calls, each
// with the reason.
var without = map[string]string{}

// TestComplete: every exported function and method of the SDK is called by a
// program of a scenario, which the other tests of this package run on the host
// implementation and in the kernel.
func TestComplete(t *testing.T) {
	cfg := &packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedTypes | packages.NeedSyntax |
			packages.NeedTypesInfo | packages.NeedImports | packages.NeedDeps,
		BuildFlags: []string{"-tags=rex"},
		Env:        append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64"),
	}
	dirs, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	patterns := []string{"./report", "./routing"}
	for _, d := range dirs {
		patterns = append(patterns, "./testdata/"+d.Name())
	}
	pkgs, err := packages.Load(cfg, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pkgs {
		for _, e := range p.Errors {
			t.Fatal(e)
		}
	}
	called := reached(pkgs)
	all := operations(t, pkgs)
	for _, name := range all {
		reason, excepted := without[name]
		switch {
		case excepted && reason == "":
			t.Errorf("%s is excepted without a reason", name)
		case excepted && called[name]:
			t.Errorf("%s has a scenario, and an exception that it does not need", name)
		case !excepted && !called[name]:
			t.Errorf("no program in testdata calls %s: write a scenario that runs it on the host and in the kernel", name)
		}
	}
	for name := range without {
		if !slices.Contains(all, name) {
			t.Errorf("exception for %s, which the SDK has not got", name)
		}
	}
	if t.Failed() {
		t.Logf("%d operations, %d called", len(all), len(called))
	}
}

// operations are the exported functions and methods of the SDK.
func operations(t *testing.T, pkgs []*packages.Package) (names []string) {
	t.Helper()
	for _, suffix := range sdk {
		p := imported(pkgs, modulePath+suffix)
		if p == nil {
			t.Errorf("no scenario imports package %s", modulePath+suffix)
			continue
		}
		scope := p.Scope()
		for _, name := range scope.Names() {
			obj := scope.Lookup(name)
			if !obj.Exported() {
				continue
			}
			switch obj := obj.(type) {
			case *types.Func:
				names = append(names, obj.FullName())
			case *types.TypeName:
				if named, ok := obj.Type().(*types.Named); ok && !obj.IsAlias() {
					for m := range named.Methods() {
						if m.Exported() {
							names = append(names, operation(m))
						}
					}
				}
			}
		}
	}
	return names
}

func imported(pkgs []*packages.Package, path string) (found *types.Package) {
	packages.Visit(pkgs, nil, func(p *packages.Package) {
		if p.PkgPath == path {
			found = p.Types
		}
	})
	return found
}

// operation is a function's name, without the type arguments of an instance.
func operation(f *types.Func) string { return f.Origin().FullName() }

// reached has the names of the functions that the programs reach through
// functions of the scenarios.
func reached(pkgs []*packages.Package) map[string]bool {
	prog, built := ssautil.Packages(pkgs, ssa.InstantiateGenerics)
	prog.Build()
	var work []*ssa.Function
	for i, p := range pkgs {
		// Maps are made, and tables of scenarios filled, by the initialiser.
		work = append(work, built[i].Func("init"))
		for _, f := range p.Syntax {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && isProgram(fn) {
					work = append(work, built[i].Func(fn.Name.Name))
				}
			}
		}
	}
	seen, called := map[*ssa.Function]bool{}, map[string]bool{}
	for len(work) > 0 {
		f := work[len(work)-1]
		work = work[:len(work)-1]
		if f == nil || seen[f] {
			continue
		}
		seen[f] = true
		if obj, ok := f.Object().(*types.Func); ok && obj.Pkg() != nil && strings.HasPrefix(obj.Pkg().Path(), modulePath) {
			called[operation(obj)] = true
			if slices.Contains(sdk, strings.TrimPrefix(obj.Pkg().Path(), modulePath)) && f.Synthetic == "" {
				continue // what the SDK itself calls is no scenario's call
			}
		}
		for _, b := range f.Blocks {
			for _, i := range b.Instrs {
				for _, v := range i.Operands(nil) {
					if g, ok := (*v).(*ssa.Function); ok {
						work = append(work, g)
					}
				}
			}
		}
	}
	return called
}

func isProgram(f *ast.FuncDecl) bool {
	return f.Doc != nil && slices.ContainsFunc(f.Doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//rex:") })
}
