// SPDX-License-Identifier: Apache-2.0

package lower_test

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"

	"github.com/rex-go/rex/internal/compile/check"
	"github.com/rex-go/rex/internal/compile/lower"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/compile/ssabuild"
	"github.com/rex-go/rex/internal/diag"
)

var update = flag.Bool("update", false, "write the golden files anew")

// lowered runs a program through the stages up to this one.
func lowered(t *testing.T, src []byte) *lower.Module {
	t.Helper()
	dir, err := filepath.Abs("testdata/p")
	if err != nil {
		t.Fatal(err)
	}
	p, err := source.Load(t.Context(), source.Config{Dir: dir, Pattern: ".", Overlay: map[string][]byte{filepath.Join(dir, "p.go"): src}})
	if err != nil {
		t.Fatal(err)
	}
	res, err := check.Check(p)
	if err != nil {
		t.Fatal(err)
	}
	prog, err := ssabuild.Build(res, ssabuild.Options{Provided: lower.Provided, Sanity: true})
	if err != nil {
		t.Fatal(err)
	}
	m, problems := lower.Lower(prog)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

var (
	function = regexp.MustCompile(`(?ms)^define [^\n]*@(p\.|interface)[^\n]*\{\n.*?^\}\n`)
	data     = regexp.MustCompile(`(?m)^@p\.\S+ = .*\n`)
	debug    = regexp.MustCompile(`, !(dbg|prof) !\d+| !dbg !\d+| #\d+| gc "statepoint-example"`)
)

// TestGolden shows what the functions of small programs become. Debug
// locations and attributes are left out.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no programs: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			ir := lowered(t, src).IR
			got := strings.Join(data.FindAllString(ir, -1), "") + "\n" + strings.Join(function.FindAllString(ir, -1), "\n")
			got = debug.ReplaceAllString(got, "")
			golden := strings.TrimSuffix(file, ".go") + ".golden"
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
				t.Errorf("%s differs (-update writes it anew):\n%s", golden, got)
			}
		})
	}
}

// TestDeterministic: the same program gives the same text, with no path of
// the machine in it.
func TestDeterministic(t *testing.T) {
	src, err := os.ReadFile("testdata/golden/calls.go")
	if err != nil {
		t.Fatal(err)
	}
	a, b := lowered(t, src).IR, lowered(t, src).IR
	if a != b {
		t.Error("two runs differ")
	}
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for root := wd; root != "/"; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil && strings.Contains(a, root) {
			t.Errorf("the text names %s", root)
		}
	}
}

// TestNoFreedom: nothing in the text lets LLVM assume what was not proved.
func TestNoFreedom(t *testing.T) {
	for _, name := range []string{"arith", "memory", "calls"} {
		src, err := os.ReadFile("testdata/golden/" + name + ".go")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(lowered(t, src).IR) {
			code, _, _ := strings.Cut(line, "!dbg")
			for _, word := range []string{" inbounds ", " undef", " exact ", "!nonnull", "!invariant"} {
				if strings.Contains(code, word) {
					t.Errorf("%s: %q in %s", name, word, line)
				}
			}
			if strings.Contains(code, " nsw ") && !regexp.MustCompile(`= (add|sub|mul) (nuw )?nsw `).MatchString(code) {
				t.Errorf("%s: nsw in %s", name, line)
			}
			if strings.Contains(code, "poison") && !strings.Contains(code, "insertvalue") {
				t.Errorf("%s: poison in %s", name, line)
			}
		}
	}
}

// direct makes a program of one file without the checks that user code has to
// pass, so that what they refuse reaches this stage, as it may in trusted code.
func direct(t *testing.T, src string) *ssabuild.Program {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", "package p\n"+src, 0)
	if err != nil {
		t.Fatal(err)
	}
	pkg := types.NewPackage("p", "p")
	sp, info, err := ssautil.BuildPackage(&types.Config{Sizes: types.SizesFor("gc", "amd64")}, fset, pkg, []*ast.File{file}, ssa.InstantiateGenerics|ssa.BareInits)
	if err != nil {
		t.Fatal(err)
	}
	root := &packages.Package{PkgPath: "p", Name: "p", Types: pkg, TypesInfo: info}
	return &ssabuild.Program{
		SSA:     sp.Prog,
		Check:   &check.Result{Source: &source.Program{Fset: fset, Root: root, Sizes: types.SizesFor("gc", "amd64")}},
		Entries: []*ssa.Function{sp.Func("Entry")},
		Guard:   map[*ssa.Function]bool{},
		Trusted: map[*ssa.Function]bool{sp.Func("trusted"): true},
	}
}

// TestUnsupported: what cannot be lowered is a diagnostic at its place, every
// one of them, and never silence.
func TestUnsupported(t *testing.T) {
	tests := map[string]struct {
		src  string
		want []string
	}{
		"go":       {"func Entry(p *int) {\n\tgo Entry(p)\n}", []string{"p.go:3:2: not supported yet: go statement"}},
		"channels": {"func Entry(p *int) {\n\tc := make(chan int)\n\tc <- 1\n\t<-c\n}", []string{"p.go:3:11: not supported yet: channel operation", "p.go:4:4: not supported yet: channel operation", "p.go:5:2: not supported yet: operator <-"}},
		"select":   {"func Entry(p *int) {\n\tselect {}\n}", []string{"p.go:3:2: not supported yet: channel operation"}},
		"floats":   {"func Entry(p *float64) {\n\t*p = *p * 2\n}", []string{"p.go:3:10: not supported yet: floating-point arithmetic"}},
		"no body": {"func missing(int)\nfunc Entry(p *int) {\n\tmissing(*p)\n}", []string{
			"p.go:4:9: not supported yet: call of p.missing, which has no Go body"}},
		"in trusted code": {"func trusted(p *float64) {\n\t*p = *p + 1\n}\nfunc Entry(p *float64) {\n\ttrusted(p)\n}", []string{
			"p.go:6:9: not supported yet: floating-point arithmetic (in p.trusted)", "called from p.Entry at p.go:6:9"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m, problems := lower.Lower(direct(t, tt.src))
			if m != nil || len(problems) == 0 {
				t.Fatalf("no diagnostic")
			}
			for _, d := range problems {
				if d.Code != diag.Unsupported {
					t.Errorf("code %s: %v", d.Code, d)
				}
			}
			for _, want := range tt.want {
				if !strings.Contains(problems.Error(), want) {
					t.Errorf("no %q in\n%v", want, problems)
				}
			}
		})
	}
}

// TestPrintOperands: what the Go compiler does not print is refused, go/types
// lets it through. Before, the array was printed as an address.
func TestPrintOperands(t *testing.T) {
	m, problems := lower.Lower(direct(t, `type pair struct{ a, b int }

func Entry(p *int) {
	println([1]any{1}, *p)
	print(pair{1, 2})
	defer println([1]int{*p})
	println(struct{}{})
}`))
	want := []string{
		"p.go:5:9: illegal types for operand: print [1]interface {}", "p.go:6:7: illegal types for operand: print p.pair",
		"p.go:8:9: illegal types for operand: print struct {}", "p.go:9:1: illegal types for operand: print [1]int",
	}
	// This program is without package internal/rt.
	problems = slices.DeleteFunc(problems, func(d diag.Diagnostic) bool { return d.Code == diag.Unsupported })
	if m != nil || len(problems) != len(want) {
		t.Fatalf("got %v", problems)
	}
	for i, d := range problems {
		if d.Code != diag.TypeError || !strings.Contains(d.Error(), want[i]) {
			t.Errorf("got %v, want %s", d, want[i])
		}
	}
}

func TestProvided(t *testing.T) {
	for name, want := range map[string]bool{
		"sync/atomic.AddUint32":                                    true,
		"math/bits.LeadingZeros64":                                 true,
		"(encoding/binary.bigEndian).Uint32":                       true,
		"github.com/rex-go/rex/internal/rt.FieldOffset":            true,
		"math/bits.Mul64":                                          false,
		"os.Exit":                                                  false,
		"sync/atomic.runtime_procPin":                              false,
		"(encoding/binary.bigEndian).AppendUint32":                 false,
		"github.com/rex-go/rex/internal/rt.ConcatStrings[nothing]": false,
	} {
		if got := lower.Provided(name); got != want {
			t.Errorf("Provided(%q) = %v", name, got)
		}
	}
}
