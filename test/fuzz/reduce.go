// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"time"

	"github.com/rex-go/rex/test/progen"
)

// reduceTime bounds how long one program is made smaller.
const reduceTime = 3 * time.Minute

// keep writes the program of a difference to a file, as small as it can be
// made in reduceTime so that the compilers still differ, and returns the
// file's name.
func keep(ctx context.Context, dir string, d difference, size int) (string, error) {
	src := progen.Batch([]uint64{d.Seed}, size)
	ctx, cancel := context.WithTimeout(ctx, reduceTime)
	defer cancel()
	small := reduce(ctx, src, func(src []byte) bool {
		diffs, err := compare(ctx, src, []uint64{d.Seed}, false)
		return err == nil && len(diffs) == 1
	})
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	name := filepath.Join(dir, fmt.Sprintf("seed%d.go", d.Seed))
	return name, os.WriteFile(name, small, 0o644)
}

// reduce leaves out declarations and statements while differs holds.
func reduce(ctx context.Context, src []byte, differs func([]byte) bool) []byte {
	imports := importer.ForCompiler(token.NewFileSet(), "source", nil)
	// A variable and what stands for its use often go together only.
	for _, chunk := range []int{16, 8, 4, 2, 1, 2, 1} {
		for at := 0; ctx.Err() == nil; {
			next, more := without(src, at, chunk)
			if !more {
				break
			}
			if next != nil && valid(next, imports) && differs(next) && ctx.Err() == nil {
				src = next
				continue // what follows has moved here
			}
			at += max(1, chunk/2)
		}
	}
	return src
}

// without drops the statements and declarations numbered at to at+n-1, and
// reports whether there is a number at. The result is nil when nothing can go.
func without(src []byte, at, n int) (out []byte, more bool) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", src, parser.SkipObjectResolution)
	if err != nil {
		return nil, false
	}
	number, dropped := 0, 0
	drop := func() bool {
		number++
		if number > at && number <= at+n {
			dropped++
			return true
		}
		return false
	}
	var decls []ast.Decl
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			decls = append(decls, d)
			continue
		}
		if fn, ok := d.(*ast.FuncDecl); ok && (fn.Name.Name == "cases" || fn.Name.Name == "setup") {
			decls = append(decls, d)
			continue
		}
		if !drop() {
			decls = append(decls, d)
		}
	}
	f.Decls = decls
	filter := func(list []ast.Stmt) []ast.Stmt {
		var out []ast.Stmt
		for _, s := range list {
			if !drop() {
				out = append(out, s)
			}
		}
		return out
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "cases" {
			continue
		}
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BlockStmt:
				n.List = filter(n.List)
			case *ast.CaseClause:
				n.Body = filter(n.Body)
			}
			return true
		})
	}
	if dropped == 0 {
		return nil, number > at
	}
	f.Comments = nil
	var buf bytes.Buffer
	if err := format.Node(&buf, fset, f); err != nil {
		return nil, true
	}
	return buf.Bytes(), true
}

// valid reports whether both compilers will accept a program.
func valid(src []byte, imports types.Importer) bool {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", src, parser.SkipObjectResolution)
	if err != nil {
		return false
	}
	conf := types.Config{Importer: imports, Sizes: types.SizesFor("gc", "amd64")}
	_, err = conf.Check("main", fset, []*ast.File{f}, nil)
	return err == nil
}
