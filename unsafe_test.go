// SPDX-License-Identifier: Apache-2.0

package rex_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The part of SAFETY.md that TestUnsafeShare writes.
const (
	shareBegin = "<!-- unsafe share: go test -run TestUnsafeShare -update . -->\n"
	shareEnd   = "<!-- end -->\n"
)

// share is how much of a package's code in a build for the kernel is unsafe.
type share struct {
	lines  int // of code, without blank lines and comments
	unsafe int // of these, lines of declarations that use package unsafe
	sites  int // uses of package unsafe
}

// TestUnsafeShare: what the SDK puts into extensions is safe Go but for a part
// that SAFETY.md states, and each declaration in that part says why it is sound, or its file does.
func TestUnsafeShare(t *testing.T) {
	var table strings.Builder
	fmt.Fprintf(&table, "| Package | Lines of code | in declarations with unsafe | uses of unsafe |\n|---|--:|--:|--:|\n")
	var total share
	for _, dir := range []string{".", "xdp", "tc", "kprobe", "tracepoint", "perfevent", "packet", "kernel", "internal/rt"} {
		s := packageShare(t, dir)
		if s.lines == 0 {
			t.Fatalf("no Go code in %s", dir)
		}
		name := dir
		if dir == "." {
			name = "rex"
		}
		fmt.Fprintf(&table, "| %s | %d | %d | %d |\n", name, s.lines, s.unsafe, s.sites)
		total.lines, total.unsafe, total.sites = total.lines+s.lines, total.unsafe+s.unsafe, total.sites+s.sites
	}
	fmt.Fprintf(&table, "| all | %d | %d (%d %%) | %d |\n", total.lines, total.unsafe, (100*total.unsafe+total.lines/2)/total.lines, total.sites)

	doc, err := os.ReadFile("SAFETY.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(doc), shareBegin)
	old, after, ok2 := strings.Cut(rest, shareEnd)
	if !ok || !ok2 {
		t.Fatalf("SAFETY.md has no part between %q and %q", shareBegin, shareEnd)
	}
	if old == table.String() {
		return
	}
	if !*update {
		t.Fatalf("the table of unsafe code in SAFETY.md is stale (go test -run TestUnsafeShare -update .); now\n%s", &table)
	}
	if err := os.WriteFile("SAFETY.md", []byte(before+shareBegin+table.String()+shareEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// packageShare counts the files of a directory that a build with the tag rex
// has, and reports declarations that use package unsafe and do not say why they
// may.
func packageShare(t *testing.T, dir string) share {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var s share
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if !inRexBuild(t, f) {
			continue
		}
		code := codeLines(fset, f, src)
		s.lines += count(code, 1, len(code))
		for _, decl := range f.Decls {
			sites := 0
			ast.Inspect(decl, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					if x, ok := sel.X.(*ast.Ident); ok && x.Name == "unsafe" {
						sites++
					}
				}
				return true
			})
			if sites == 0 {
				continue
			}
			first, last := fset.Position(decl.Pos()).Line, fset.Position(decl.End()).Line
			s.sites += sites
			s.unsafe += count(code, first, last+1)
			if dir != "internal/rt" && !saysWhy(f, fset, first, last) {
				t.Errorf("%s:%d: uses package unsafe without a SAFETY comment", path, first)
			}
		}
	}
	return s
}

// inRexBuild reports whether a file is part of a build for the kernel.
func inRexBuild(t *testing.T, f *ast.File) bool {
	for _, group := range f.Comments {
		if group.Pos() > f.Package {
			break
		}
		for _, c := range group.List {
			if !constraint.IsGoBuild(c.Text) {
				continue
			}
			expr, err := constraint.Parse(c.Text)
			if err != nil {
				t.Fatal(err)
			}
			return expr.Eval(func(tag string) bool { return tag == "rex" || tag == "linux" || tag == "amd64" })
		}
	}
	return true
}

// codeLines tells for each line, from 1, whether it has code.
func codeLines(fset *token.FileSet, f *ast.File, src []byte) []bool {
	blanked := bytes.Clone(src)
	for _, group := range f.Comments {
		for i := fset.Position(group.Pos()).Offset; i < fset.Position(group.End()).Offset; i++ {
			if blanked[i] != '\n' {
				blanked[i] = ' '
			}
		}
	}
	code := []bool{false}
	for line := range bytes.Lines(blanked) {
		code = append(code, len(bytes.TrimSpace(line)) > 0)
	}
	return code
}

func count(code []bool, from, to int) (n int) {
	for _, has := range code[from:to] {
		if has {
			n++
		}
	}
	return n
}

// saysWhy reports whether a SAFETY comment stands in or just before the lines, or
// one is for the whole file.
func saysWhy(f *ast.File, fset *token.FileSet, first, last int) bool {
	for _, group := range f.Comments {
		begin, end := fset.Position(group.Pos()).Line, fset.Position(group.End()).Line
		if end >= first-1 && begin <= last && strings.Contains(group.Text(), "SAFETY:") ||
			strings.Contains(group.Text(), "SAFETY (all uses of unsafe in this file):") {
			return true
		}
	}
	return false
}
