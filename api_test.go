// SPDX-License-Identifier: Apache-2.0

package rex_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/types"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

var update = flag.Bool("update", false, "rewrite golden files")

// sdk lists the packages that extensions import.
var sdk = []string{".", "./xdp", "./tc", "./kprobe", "./tracepoint", "./perfevent", "./packet", "./kernel"}

// exportedAPI returns one entry for each exported object, method and constant
// of the SDK as built with the given tags. doc adds the doc comments.
func exportedAPI(t *testing.T, tags string) (api []string, docs map[string]string) {
	t.Helper()
	cfg := &packages.Config{
		Mode: packages.NeedName | packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo |
			packages.NeedImports | packages.NeedDeps,
		BuildFlags: []string{"-tags=" + tags},
		Env:        append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64"),
	}
	pkgs, err := packages.Load(cfg, sdk...)
	if err != nil {
		t.Fatal(err)
	}
	docs = make(map[string]string)
	for _, p := range pkgs {
		for _, e := range p.Errors {
			t.Errorf("tags %q: %v", tags, e)
		}
		api = append(api, packageAPI(p.Types)...)
		for _, f := range p.Syntax {
			packageDocs(docs, p.Types.Name(), f)
		}
	}
	slices.Sort(api)
	return api, docs
}

func packageAPI(p *types.Package) (api []string) {
	q := func(other *types.Package) string { return other.Name() }
	for _, name := range p.Scope().Names() {
		obj := p.Scope().Lookup(name)
		if !obj.Exported() {
			continue
		}
		switch obj := obj.(type) {
		case *types.TypeName:
			api = append(api, typeAPI(obj, q)...)
		case *types.Const:
			api = append(api, fmt.Sprintf("const %s.%s %s = %s", p.Name(), name, types.TypeString(obj.Type(), q), obj.Val()))
		default:
			api = append(api, types.ObjectString(obj, q))
		}
	}
	return api
}

// typeAPI lists a type with its exported fields and methods; that a struct has
// unexported fields is all that is said about them.
func typeAPI(obj *types.TypeName, q types.Qualifier) []string {
	named, ok := obj.Type().(*types.Named)
	if !ok {
		return []string{types.ObjectString(obj, q)}
	}
	head := "type " + types.TypeString(named, q)
	var api []string
	if s, ok := named.Underlying().(*types.Struct); ok {
		api = append(api, head+" struct")
		for f := range s.Fields() {
			if f.Exported() {
				api = append(api, fmt.Sprintf("%s.%s %s", head, f.Name(), types.TypeString(f.Type(), q)))
			}
		}
	} else {
		api = append(api, head+" "+types.TypeString(named.Underlying(), q))
	}
	for m := range named.Methods() {
		if m.Exported() {
			api = append(api, types.ObjectString(m, q))
		}
	}
	return append(api, fmt.Sprintf("%s comparable=%t", head, types.Comparable(named)))
}

// packageDocs notes the doc comment of each exported function, method and type.
func packageDocs(docs map[string]string, pkg string, f *ast.File) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() {
				name := pkg + "."
				if d.Recv != nil {
					name += types.ExprString(d.Recv.List[0].Type) + "."
				}
				docs[name+d.Name.Name] = rawText(d.Doc)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if ts, ok := s.(*ast.TypeSpec); ok && ts.Name.IsExported() {
					docs[pkg+"."+ts.Name.Name] = rawText(d.Doc)
				}
			}
		}
	}
}

// rawText is a comment with its directives, which CommentGroup.Text drops.
func rawText(g *ast.CommentGroup) string {
	if g == nil {
		return ""
	}
	var lines []string
	for _, c := range g.List {
		lines = append(lines, c.Text)
	}
	return strings.Join(lines, "\n")
}

// TestSameAPI: what an extension can use is the same in the kernel build and in
// the host build, is documented in the same words, and grows only on purpose
// (go test -run TestSameAPI -update).
func TestSameAPI(t *testing.T) {
	host, hostDocs := exportedAPI(t, "")
	kernel, kernelDocs := exportedAPI(t, "rex")
	for _, s := range host {
		if !slices.Contains(kernel, s) {
			t.Errorf("only in the host build: %s", s)
		}
	}
	for _, s := range kernel {
		if !slices.Contains(host, s) {
			t.Errorf("only in the rex build: %s", s)
		}
	}
	for name, doc := range hostDocs {
		if doc == "" {
			t.Errorf("%s has no doc comment", name)
		}
		if kernelDocs[name] != doc {
			t.Errorf("doc comments of %s differ:\nhost:\n%s\nrex:\n%s", name, doc, kernelDocs[name])
		}
	}

	const golden = "testdata/api.txt"
	got := strings.Join(host, "\n") + "\n"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the exported API differs from %s (run with -update if that is meant)", golden)
		for _, s := range host {
			if !strings.Contains("\n"+string(want), "\n"+s+"\n") {
				t.Errorf("new: %s", s)
			}
		}
		for s := range strings.SplitSeq(strings.TrimSpace(string(want)), "\n") {
			if !slices.Contains(host, s) {
				t.Errorf("gone: %s", s)
			}
		}
	}
}
