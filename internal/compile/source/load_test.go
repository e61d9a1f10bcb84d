// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
)

// write makes a tree of files and returns its root.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// goMod is a go.mod that finds the SDK in this tree.
func goMod(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	return "module example.com/ext\n\ngo 1.26.0\n\nrequire github.com/rex-go/rex v0.0.0\n\nreplace github.com/rex-go/rex => " + root + "\n"
}

const (
	bareMod   = "module example.com/ext\n\ngo 1.26.0\n"
	extension = "package ext\n\nimport _ \"github.com/rex-go/rex\"\n"
)

func TestLoad(t *testing.T) {
	dir := write(t, map[string]string{
		"go.mod":       goMod(t),
		"f/f.go":       "package f\n\nimport (\n\t\"encoding/binary\"\n\n\t\"example.com/ext/lib\"\n\t\"github.com/rex-go/rex\"\n)\n\nvar N = lib.N + rex.CPU() + uint32(binary.BigEndian.Uint16(nil))\n",
		"f/host.go":    "//go:build !rex\n\npackage f\n\nimport _ \"os\"\n",
		"f/arm.go":     "//go:build arm64\n\npackage f\n\nvar N = 1\n",
		"lib/lib.go":   "package lib\n\nvar N uint32\n",
		"f/f_test.go":  "package f\n\nimport _ \"testing\"\n",
		"f/sub/sub.go": "package sub\n",
	})
	for _, cfg := range []source.Config{
		{Dir: dir, Pattern: "./f"},
		{Dir: dir, Pattern: "f"},
		{Dir: dir, Pattern: "example.com/ext/f"},
		{Pattern: filepath.Join(dir, "f")},
		{Dir: filepath.Join(dir, "f"), Pattern: ""},
	} {
		p, err := source.Load(t.Context(), cfg)
		if err != nil {
			t.Fatalf("Load(%+v): %v", cfg, err)
		}
		if p.Root.PkgPath != "example.com/ext/f" || p.Root.Types.Scope().Lookup("N") == nil {
			t.Errorf("Load(%+v): root is %s", cfg, p.Root.PkgPath)
		}
		if got, _ := filepath.EvalSymlinks(p.ModuleDir); got != mustEval(t, dir) {
			t.Errorf("Load(%+v): Go module in %s, want %s", cfg, p.ModuleDir, dir)
		}
	}
	p, err := source.Load(t.Context(), source.Config{Pattern: filepath.Join(dir, "f")})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"example.com/ext/f": "user", "example.com/ext/lib": "user",
		"encoding/binary": "std", "reflect": "std",
		source.SDKPath: "sdk", source.RuntimePath: "sdk",
	} {
		got := "none"
		switch {
		case p.IsUser(path):
			got = "user"
		case p.IsStd(path):
			got = "std"
		case p.IsSDK(path):
			got = "sdk"
		}
		if got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	if p.All["encoding/binary"].Syntax == nil || p.All["reflect"].Syntax != nil {
		t.Error("want bodies of encoding/binary and none of reflect")
	}
	if p.All["reflect"].Types.Scope().Lookup("TypeOf") == nil {
		t.Error("reflect has no declarations")
	}
	if rt := p.All["runtime"]; rt != nil && rt.Types != nil && rt.Types.Complete() {
		t.Error("package runtime was loaded although only function bodies need it")
	}
}

func mustEval(t *testing.T, dir string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestProblems: each way in which a package cannot be loaded, with its code,
// a part of the message, and the line if it has one.
func TestProblems(t *testing.T) {
	tests := []struct {
		name    string
		files   map[string]string
		pattern string
		code    diag.Code
		message string
		line    int
	}{
		{"type error", map[string]string{"go.mod": goMod(t), "a.go": extension + "\nvar n int = \"x\"\n"}, ".", diag.TypeError, `cannot use "x"`, 5},
		{"syntax error", map[string]string{"go.mod": goMod(t), "a.go": extension + "\nvar x := 1\n"}, ".", diag.TypeError, "expected", 5},
		{"unused import", map[string]string{"go.mod": goMod(t), "a.go": extension + "import \"errors\"\n"}, ".", diag.TypeError, `"errors" imported and not used`, 4},
		{"unknown std import", map[string]string{"go.mod": goMod(t), "a.go": extension + "import _ \"no/such\"\n"}, ".", diag.TypeError, "no/such", 4},
		{"unknown import", map[string]string{"go.mod": goMod(t), "a.go": extension + "import _ \"example.com/ext/nope\"\n"}, ".", diag.TypeError, "example.com/ext/nope", 4},
		{"import cycle", map[string]string{"go.mod": goMod(t), "a.go": "package ext\n\nimport _ \"example.com/ext/b\"\n", "b/b.go": "package b\n\nimport _ \"example.com/ext\"\n"}, ".", diag.TypeError, "import cycle", 0},
		{"type error in dependency", map[string]string{"go.mod": goMod(t), "a.go": extension + "import _ \"example.com/ext/b\"\n", "b/b.go": "package b\n\nvar x = y\n"}, ".", diag.TypeError, "undefined: y", 3},
		{"two package names", map[string]string{"go.mod": goMod(t), "a.go": extension, "b.go": "package other\n"}, ".", diag.TypeError, "found packages", 0},
		{"no directory", map[string]string{"go.mod": goMod(t)}, "./nope", diag.PackageNotFound, "directory ./nope does not exist", 0},
		{"no package", map[string]string{"go.mod": goMod(t)}, "example.com/ext/nope", diag.PackageNotFound, "example.com/ext/nope", 0},
		{"several", map[string]string{"go.mod": goMod(t), "a.go": extension}, "./...", diag.PackagePattern, "several packages", 0},
		{"file", map[string]string{"go.mod": goMod(t), "a.go": extension}, "a.go", diag.PackagePattern, "is a file", 0},
		{"empty", map[string]string{"go.mod": goMod(t), "d/readme": ""}, "./d", diag.PackageNoFiles, "no Go files", 0},
		{"constraints", map[string]string{"go.mod": goMod(t), "a.go": "//go:build !rex\n\npackage ext\n"}, ".", diag.PackageNoFiles, "build constraints", 0},
		{"only tests", map[string]string{"go.mod": goMod(t), "a_test.go": "package ext\n"}, ".", diag.PackageNoFiles, "no Go files", 0},
		{"only cgo", map[string]string{"go.mod": goMod(t), "a.go": "package ext\n\nimport \"C\"\n"}, ".", diag.Cgo, "cgo", 3},
		{"no module", map[string]string{"a.go": extension}, ".", diag.PackageNoModule, "not in a Go module", 0},
		{"no SDK", map[string]string{"go.mod": bareMod, "a.go": extension}, ".", diag.PackageNoSDK, "does not require github.com/rex-go/rex", 0},
		{"bad go.mod", map[string]string{"go.mod": "nonsense\n", "a.go": extension}, ".", diag.GoCommand, "nonsense", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, tt.files)
			_, err := source.Load(t.Context(), source.Config{Dir: dir, Pattern: tt.pattern})
			var list diag.List
			if !errors.As(err, &list) || len(list) == 0 {
				t.Fatalf("got %v, want diagnostics", err)
			}
			d := list[0]
			if len(list) != 1 {
				t.Errorf("%d diagnostics, want 1: %v", len(list), err)
			}
			if d.Code != tt.code || !strings.Contains(d.Message, tt.message) {
				t.Errorf("got %v, want %s with %q", d, tt.code, tt.message)
			}
			if d.Pos.Line != tt.line && tt.line != 0 {
				t.Errorf("got line %d, want %d", d.Pos.Line, tt.line)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	dir := write(t, map[string]string{"go.mod": goMod(t), "a.go": extension})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := source.Load(ctx, source.Config{Pattern: dir}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// TestPortableTwins: assembly of the standard library is replaced.
func TestPortableTwins(t *testing.T) {
	dir := write(t, map[string]string{"go.mod": goMod(t), "a.go": extension + "import _ \"bytes\"\nimport _ \"hash/crc32\"\n"})
	p, err := source.Load(t.Context(), source.Config{Pattern: dir})
	if err != nil {
		t.Fatal(err)
	}
	for path, name := range map[string]string{"internal/bytealg": "IndexByte", "hash/crc32": "archUpdateIEEE"} {
		pkg := p.All[path]
		if pkg.Types.Scope().Lookup(name) == nil {
			t.Fatalf("%s.%s is not declared", path, name)
		}
		for _, f := range pkg.Syntax {
			if file := p.Fset.Position(f.Package).Filename; strings.Contains(file, "amd64") || strings.Contains(file, "_native") && !strings.Contains(file, "equal") {
				t.Errorf("%s is part of %s", file, path)
			}
		}
	}
}
