// SPDX-License-Identifier: Apache-2.0

package noref

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"testing"
)

const src = `package p

type List struct { next *List; n int }
type Flat struct { a [4]struct{ b uint8; c uintptr } }
type Deep struct { x int; f Flat; s [2]struct{ name string } }
type Alias = []byte
type Num interface{ ~int | ~uint }
type Mixed interface{ ~int | ~string }

func F[T any, N Num, M Mixed](t T, n N, m M, tt [2]T, nn [2]N) {}
`

// TestFind: each type with the path to its first reference ("-" for none) and
// the path to the first through which memory could be written.
func TestFind(t *testing.T) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	conf := types.Config{Importer: importer.Default()}
	pkg, err := conf.Check("p", fset, []*ast.File{f}, nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ expr, ref, pointer string }{
		{"int", "-", "-"}, {"bool", "-", "-"}, {"uintptr", "-", "-"}, {"float64", "-", "-"}, {"struct{}", "-", "-"},
		{"[3][4]byte", "-", "-"}, {"Flat", "-", "-"},
		{"string", "", "-"}, {"func()", "", "-"},
		{"*int", "", ""}, {"[]int", "", ""}, {"map[int]int", "", ""}, {"chan int", "", ""}, {"any", "", ""}, {"error", "", ""}, {"Alias", "", ""},
		{"List", ".next", ".next"}, {"Deep", ".s[].name", "-"}, {"[2]List", "[].next", "[].next"},
		{"struct{ f func(); p *int }", ".f", ".p"},
	}
	for _, tt := range tests {
		tv, err := types.Eval(fset, pkg, token.NoPos, tt.expr)
		if err != nil {
			t.Fatal(err)
		}
		if got := path(Find(tv.Type)); got != tt.ref {
			t.Errorf("Find(%s) at %q, want %q", tt.expr, got, tt.ref)
		}
		if got := path(FindPointer(tv.Type)); got != tt.pointer {
			t.Errorf("FindPointer(%s) at %q, want %q", tt.expr, got, tt.pointer)
		}
	}
	params := pkg.Scope().Lookup("F").Type().(*types.Signature).Params()
	for i, want := range []string{"", "-", "", "[]", "-"} {
		if got := path(Find(params.At(i).Type())); got != want {
			t.Errorf("Find(%s) at %q, want %q", params.At(i).Type(), got, want)
		}
	}
}

func path(r *Ref) string {
	if r == nil {
		return "-"
	}
	return r.Path
}
