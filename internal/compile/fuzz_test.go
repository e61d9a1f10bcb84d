// SPDX-License-Identifier: Apache-2.0

package compile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/rex-go/rex/internal/compile/check"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
	"github.com/rex-go/rex/test/progen"
)

// fuzzImports is what a fuzzed source may import: what extensions may use, and
// some of what they may not.
const fuzzImports = `package main

import (
	_ "bytes"
	_ "cmp"
	_ "encoding/binary"
	_ "errors"
	_ "iter"
	_ "maps"
	_ "math/bits"
	_ "slices"
	_ "sort"
	_ "strconv"
	_ "strings"
	_ "sync"
	_ "sync/atomic"
	_ "time"
	_ "unicode/utf8"

	_ "github.com/rex-go/rex"
	_ "github.com/rex-go/rex/kernel"
	_ "github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/xdp"
)

//rex:xdp
func RexMain(ctx *xdp.Context) xdp.Action { return 0 }
`

// base is a loaded program whose packages fuzzed sources import.
var base = sync.OnceValues(func() (*source.Program, error) {
	dir, err := filepath.Abs("../../test/native/testdata/prog")
	if err != nil {
		return nil, err
	}
	return source.Load(context.Background(), source.Config{Dir: dir, Pattern: ".", Overlay: map[string][]byte{
		filepath.Join(dir, "entry.go"): []byte(fuzzImports),
	}})
})

// FuzzSource compiles sources up to the LLVM IR. Whatever is valid Go is
// compiled or refused with diagnostics that have a position; the compiler
// neither panics nor makes IR that its checker does not like. A number other
// than zero stands for changes to the source that keep it valid Go.
func FuzzSource(f *testing.F) {
	for _, src := range fuzzSeeds(f) {
		f.Add(src, uint64(0))
	}
	f.Fuzz(func(t *testing.T, src []byte, seed uint64) {
		if len(src) > 1<<15 {
			return
		}
		prog, err := base()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tryVariants(prog, src, seed); err != nil {
			t.Fatal(err)
		}
	})
}

// fuzzSeeds are the sources that fuzzing begins with.
func fuzzSeeds(t testing.TB) (list [][]byte) {
	for _, pattern := range []string{"testdata/crash/*.go", "../../test/native/testdata/*.go", "check/rules/*/testdata/a/a.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("no seeds %s: %v", pattern, err)
		}
		for _, name := range names {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, src)
		}
	}
	for i := range uint64(4) {
		list = append(list, progen.Batch([]uint64{i}, 10))
	}
	return list
}

// tryVariants compiles the first valid variant of a source; valid tells whether
// there is one.
func tryVariants(prog *source.Program, src []byte, seed uint64) (valid bool, err error) {
	for _, src := range variants(src, seed) {
		if typed := typeCheck(prog, src); typed != nil {
			if err := compileFuzzed(typed); err != nil {
				return true, fmt.Errorf("%w\n%s", err, src)
			}
			return true, nil
		}
	}
	return false, nil
}

// TestVariants is a part of what fuzzing does, without its search: so many
// changed sources that are valid Go. REX_VARIANTS sets another number,
// REX_VARIANTS_SEED where to begin.
func TestVariants(t *testing.T) {
	n, first := 60, uint64(1)
	if s := os.Getenv("REX_VARIANTS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	if s := os.Getenv("REX_VARIANTS_SEED"); s != "" {
		first, _ = strconv.ParseUint(s, 10, 64)
	}
	prog, err := base()
	if err != nil {
		t.Fatal(err)
	}
	list := fuzzSeeds(t)
	done := 0
	for seed := first; done < n; seed++ {
		valid, err := tryVariants(prog, list[seed%uint64(len(list))], seed)
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if valid {
			done++
		}
		if seed > first+20*uint64(n) {
			t.Fatalf("of %d sources only %d are valid", 20*n, done)
		}
	}
}

// typeCheck makes a program of a source that is valid Go; nil for others. What
// it declares is made reachable.
func typeCheck(prog *source.Program, src []byte) *source.Program {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "fuzz.go", src, parser.ParseComments)
	if err != nil || hasLongLiteral(f) {
		return nil
	}
	files := []*ast.File{}
	for name, text := range map[string][]byte{"fuzz.go": src, "fuzzentry.go": entryFor(f)} {
		f, err := parser.ParseFile(prog.Fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil
		}
		files = append(files, f)
	}
	pkg := &packages.Package{
		Name: f.Name.Name, PkgPath: prog.Root.PkgPath, Module: prog.Root.Module,
		Syntax: files, Fset: prog.Fset, TypesSizes: prog.Sizes, Imports: prog.All,
		TypesInfo: &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
			Implicits: map[ast.Node]types.Object{}, Instances: map[*ast.Ident]types.Instance{}, Scopes: map[ast.Node]*types.Scope{},
			Selections: map[*ast.SelectorExpr]*types.Selection{}, FileVersions: map[*ast.File]string{},
		},
	}
	conf := types.Config{Importer: fuzzImporter{prog}, Sizes: prog.Sizes}
	if pkg.Types, err = conf.Check(pkg.PkgPath, prog.Fset, files, pkg.TypesInfo); err != nil {
		return nil
	}
	out := &source.Program{Fset: prog.Fset, Root: pkg, All: maps.Clone(prog.All), ModuleDir: prog.ModuleDir, Sizes: prog.Sizes}
	out.All[pkg.PkgPath] = pkg
	return out
}

type fuzzImporter struct{ prog *source.Program }

func (im fuzzImporter) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if p := im.prog.All[path]; p != nil && p.Types != nil {
		return p.Types, nil
	}
	return nil, fmt.Errorf("no package %s", path)
}

// entryFor is a program that uses all that a file declares.
func entryFor(f *ast.File) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "package %s\n\nimport fuzzxdp \"github.com/rex-go/rex/xdp\"\n\nfunc fuzzUse(x any) {}\n\n//rex:xdp\nfunc FuzzEntry(*fuzzxdp.Context) fuzzxdp.Action {\n", f.Name.Name)
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			switch name := d.Name.Name; {
			case d.Recv != nil || d.Type.TypeParams != nil || name == "init" || name == "_":
			case d.Type.Params.NumFields() == 0:
				fmt.Fprintf(&b, "\t%s()\n", name)
			default:
				fmt.Fprintf(&b, "\tfuzzUse(%s)\n", name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if ts, ok := s.(*ast.TypeSpec); ok && ts.TypeParams == nil && ts.Name.Name != "_" {
					fmt.Fprintf(&b, "\tfuzzUse(*new(%s))\n", ts.Name.Name)
				}
			}
		}
	}
	b.WriteString("\treturn 0\n}\n")
	return b.Bytes()
}

// compileFuzzed runs the stages up to lower. The error tells what is wrong with
// the compiler.
func compileFuzzed(src *source.Program) error {
	b := &build{cfg: Config{Process: true}, res: &Result{}, src: src}
	for _, s := range stages[1:4] {
		err := b.guarded(context.Background(), s)
		if err == nil {
			continue
		}
		var list diag.List
		if !errors.As(err, &list) || len(list) == 0 {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		for _, d := range list {
			if !d.Pos.IsValid() {
				return fmt.Errorf("%s: no position: %s", s.name, d.Message)
			}
			if d.Code == diag.Internal && !goSSA(d.Message) {
				return fmt.Errorf("%s: %s: %s", s.name, d.Pos, d.Message)
			}
		}
		return nil
	}
	return nil
}

// goSSA reports whether an internal error is a panic of go/ssa, which only a
// newer version of it can mend.
func goSSA(message string) bool {
	_, stack, _ := strings.Cut(message, "panic(")
	for line := range strings.Lines(stack) {
		if strings.HasPrefix(line, "golang.org/x/tools/go/ssa.") {
			return true
		}
		if strings.HasPrefix(line, "github.com/rex-go/rex/") {
			return false
		}
	}
	return false
}

// TestBlame: a panic in a stage becomes a diagnostic at the function that it
// is about.
func TestBlame(t *testing.T) {
	prog, err := base()
	if err != nil {
		t.Fatal(err)
	}
	src := typeCheck(prog, []byte("package main\n\nfunc fine() {}\n\nfunc bad() {\n\tprintln(1)\n}\n"))
	if src == nil {
		t.Fatal("the source is not valid")
	}
	b := &build{cfg: Config{Process: true}, res: &Result{}, src: src}
	if b.chk, err = check.Check(src); err != nil {
		t.Fatal(err)
	}
	fn := culprit(userFuncs(src), func() error {
		for _, fn := range userFuncs(src) {
			if fn.Name.Name == "bad" {
				panic("as go/ssa would")
			}
		}
		return nil
	})
	if fn == nil || fn.Name.Name != "bad" {
		t.Errorf("blamed %v", fn)
	}
	if n := len(userFuncs(src)); n != 5 {
		t.Errorf("%d functions have their bodies again, want 5", n)
	}
	b.cfg.Emit = EmitSSA
	err = b.guarded(context.Background(), stage{name: "ssabuild", run: func(b *build, _ context.Context) error { panic("as go/ssa would") }})
	var list diag.List
	if !errors.As(err, &list) || len(list) != 1 || list[0].Code != diag.Internal || !list[0].Pos.IsValid() {
		t.Errorf("got %v", err)
	}
}
