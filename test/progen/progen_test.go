// SPDX-License-Identifier: Apache-2.0

package progen

import (
	"bytes"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"testing"
)

func seeds(n int) []uint64 {
	list := make([]uint64, n)
	for i := range list {
		list[i] = uint64(i)
	}
	return list
}

func TestEqualSeedsEqualPrograms(t *testing.T) {
	if !bytes.Equal(Batch(seeds(20), 20), Batch(seeds(20), 20)) {
		t.Error("two batches of the same seeds differ")
	}
	// A program does not depend on those beside it, but for its number.
	alone := Batch([]uint64{0}, 20)
	if !bytes.Contains(Batch(seeds(3), 20), alone[bytes.Index(alone, []byte("// Seed")):]) {
		t.Error("a program depends on its batch")
	}
}

// TestValid: every program type-checks.
func TestValid(t *testing.T) {
	imports := importer.ForCompiler(token.NewFileSet(), "source", nil)
	for _, size := range []int{8, 12, 40} {
		src := Batch(seeds(100), size)
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "p.go", src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		conf := types.Config{Importer: imports, Sizes: types.SizesFor("gc", "amd64"), Error: func(err error) { t.Error(err) }}
		conf.Check("main", fset, []*ast.File{f}, nil)
	}
}
