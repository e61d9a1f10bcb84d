// SPDX-License-Identifier: Apache-2.0

package rex_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "github.com/rex-go/rex"

// allowed says which of our packages a package may import (its test files are
// not held to it). A package that is not listed may import nothing of ours;
// "..." at the end of an entry stands for a subtree. Relaxing this table is a
// commit of its own.
var allowed = map[string][]string{
	// The seam and the leaves.
	"internal/abi":           {},
	"internal/abi/abigen":    {"internal/abi"},
	"internal/diag":          {},
	"internal/diag/...":      {"internal/diag", "internal/compile/check/..."},
	"internal/toolchain":     {},
	"internal/compile/ir":    {},
	"internal/compile/cache": {},
	"kmod":                   {},

	// The SDK: compiled into extensions, or its host twin.
	".":            {"internal/rt", "internal/sim"},
	"internal/rt":  {},
	"internal/sim": {}, // the machine that the host twin simulates
	"xdp":          {".", "internal/rt", "internal/sim"},
	"tc":           {".", "packet", "internal/rt", "internal/sim"},
	"kprobe":       {".", "internal/rt", "internal/sim"},
	"tracepoint":   {".", "internal/rt", "internal/sim"},
	"perfevent":    {".", "internal/rt", "internal/sim"},
	"packet":       {"."},
	"kernel":       {".", "internal/rt", "internal/sim"},
	"rextest":      {".", "internal/sim", "internal/sim", "xdp", "tc", "kprobe", "tracepoint", "perfevent", "packet", "kernel", "loader"},
	"examples/...": {".", "xdp", "tc", "kprobe", "tracepoint", "perfevent", "packet", "kernel", "rextest", "rextest/...", "loader", "examples/..."},

	// Objects and what reads them.
	"internal/image":   {"internal/abi"},
	"internal/audit":   {"internal/abi", "internal/image"},
	"internal/inspect": {"internal/abi", "internal/image", "internal/audit"},
	"internal/report":  {"internal/abi", "internal/image"},
	"internal/kernel":  {"internal/abi"},
	"internal/kctl":    {"internal/abi", "internal/kernel"},
	"internal/link":    {"internal/abi", "internal/image", "internal/kernel", "internal/audit"},

	// The compiler.
	"internal/compile/source":       {"internal/diag"},
	"internal/compile/check":        {"internal/abi", "internal/diag", "internal/compile/source", "internal/compile/check/..."},
	"internal/compile/check/...":    {"internal/abi", "internal/diag", "internal/compile/source", "internal/compile/check/..."},
	"internal/compile/ssabuild/...": {"internal/compile/ssabuild/...", "internal/abi", "internal/diag", "internal/compile/source", "internal/compile/check", "internal/compile/check/..."},
	"internal/compile/lower":        {"internal/abi", "internal/diag", "internal/compile/ir", "internal/compile/source", "internal/compile/check", "internal/compile/ssabuild"},
	"internal/compile/object":       {"internal/abi", "internal/diag", "internal/toolchain", "internal/image", "internal/audit"},
	"internal/compile/vettool":      {"internal/diag", "internal/compile"},
	"internal/compile":              {"internal/abi", "internal/diag", "internal/toolchain", "internal/image", "internal/compile/..."},

	// The host side.
	"internal/vm":           {"internal/abi", "internal/kmodbuild", "internal/usercache", "internal/vm/..."},
	"internal/vm/...":       {"internal/abi", "internal/vm/..."},
	"internal/kmodbuild":    {"internal/abi", "internal/usercache", "kmod"},
	"internal/scaffold":     {},
	"internal/kernelgen":    {},
	"internal/testutil":     {"internal/vm"},
	"loader":                {"internal/abi", "internal/image", "internal/kernel", "internal/kctl", "internal/link", "internal/report"},
	"cmd/rex":               {"internal/...", "loader", "kmod"},
	"test/...":              {"internal/...", "loader", "rextest", "examples/...", "packet", "kernel", ".", "xdp", "test/..."},
	"bench/compute/kernels": {"xdp"},
	"bench/...":             {"internal/...", "loader", "rextest", "examples/..."},
}

// restricted says which packages may import a library that only some rooms
// may touch.
var restricted = map[string][]string{
	"os/exec":               {"internal/toolchain", "internal/vm/...", "internal/kmodbuild", "internal/compile/source", "internal/testutil", "rextest", "cmd/...", "test/...", "bench/..."},
	"golang.org/x/sys/unix": {"internal/kernel", "internal/kctl", "internal/vm/...", "test/...", "bench/..."},
	"golang.org/x/tools/":   {"internal/compile/..."},
	"github.com/gopacket/":  {"rextest/pcap"},
}

type goFile struct {
	path    string // slash-separated, relative to the module's root
	dir     string
	test    bool
	imports []string
}

// moduleFiles parses the import clauses of every Go file of the module, both
// build variants of the SDK included.
func moduleFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); n == "testdata" || p != "." && (strings.HasPrefix(n, ".") || strings.HasPrefix(n, "_")) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		g := goFile{path: filepath.ToSlash(p), dir: filepath.ToSlash(filepath.Dir(p)), test: strings.HasSuffix(p, "_test.go")}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.ImportSpec); ok {
				v, _ := strconv.Unquote(s.Path.Value)
				g.imports = append(g.imports, v)
			}
			return true
		})
		files = append(files, g)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// matches reports whether a directory is covered by one of the patterns.
func matches(patterns []string, dir string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if base, ok := strings.CutSuffix(p, "/..."); ok {
			return dir == base || strings.HasPrefix(dir, base+"/")
		}
		return p == dir
	})
}

// rule returns the imports that a directory may have: its own entry, or that
// of the closest subtree above it.
func rule(dir string) []string {
	if r, ok := allowed[dir]; ok {
		return r
	}
	for d := dir; d != "."; d = path.Dir(d) {
		if r, ok := allowed[d+"/..."]; ok {
			return r
		}
	}
	return nil
}

// TestImports holds the import graph to the table: which room may know which.
func TestImports(t *testing.T) {
	files := moduleFiles(t)
	if len(files) < 20 {
		t.Fatalf("found only %d Go files; is the test run from the module's root?", len(files))
	}
	for _, f := range files {
		if f.test {
			continue
		}
		for _, imp := range f.imports {
			if imp == modulePath || strings.HasPrefix(imp, modulePath+"/") {
				dir := strings.TrimPrefix(strings.TrimPrefix(imp, modulePath), "/")
				if dir == "" {
					dir = "."
				}
				if !matches(rule(f.dir), dir) {
					t.Errorf("%s imports %s: not allowed by the table in deps_test.go", f.path, imp)
				}
				continue
			}
			for lib, users := range restricted {
				hit := imp == lib || strings.HasSuffix(lib, "/") && strings.HasPrefix(imp, lib)
				if hit && !matches(users, f.dir) {
					t.Errorf("%s imports %s, which belongs to %v", f.path, imp, users)
				}
			}
		}
	}
}

// TestUnsafeFiles: unsafe stands only in files named so.
func TestUnsafeFiles(t *testing.T) {
	for _, f := range moduleFiles(t) {
		if !f.test && slices.Contains(f.imports, "unsafe") && !strings.HasSuffix(f.path, "_unsafe.go") {
			t.Errorf("%s imports unsafe; move that code to a file named *_unsafe.go", f.path)
		}
	}
}

// TestHostProgramsStayLight: a program that imports loader must not pull in
// the compiler.
func TestHostProgramsStayLight(t *testing.T) {
	deps := map[string][]string{}
	for _, f := range moduleFiles(t) {
		if !f.test {
			deps[f.dir] = append(deps[f.dir], f.imports...)
		}
	}
	seen := map[string]bool{}
	var walk func(dir, via string)
	walk = func(dir, via string) {
		if seen[dir] {
			return
		}
		seen[dir] = true
		for _, imp := range deps[dir] {
			if strings.HasPrefix(imp, "golang.org/x/tools/") {
				t.Errorf("loader reaches %s through %s", imp, via+" > "+dir)
			}
			if rest, ok := strings.CutPrefix(imp, modulePath+"/"); ok {
				walk(rest, via+" > "+dir)
			}
		}
	}
	walk("loader", "")
	if len(seen) < 2 {
		t.Fatal("package loader imports nothing of ours; the walk is broken")
	}
}
