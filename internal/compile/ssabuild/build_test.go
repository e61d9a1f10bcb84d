// SPDX-License-Identifier: Apache-2.0

package ssabuild_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/compile/check"
	"github.com/rex-go/rex/internal/compile/check/ruletest"
	"github.com/rex-go/rex/internal/compile/lower"
	"github.com/rex-go/rex/internal/compile/ssabuild"
)

func build(t *testing.T, dir string) (*ssabuild.Program, error) {
	t.Helper()
	src := ruletest.Load(t, dir)
	res, err := check.Check(src)
	if err != nil {
		t.Fatal(err)
	}
	p, err := ssabuild.Build(res, ssabuild.Options{Sanity: true, Provided: lower.Provided})
	ruletest.CompareError(t, src, err)
	return p, err
}

func TestGlobals(t *testing.T)     { build(t, "testdata/globals") }
func TestDeleted(t *testing.T)     { build(t, "testdata/deleted") }
func TestStale(t *testing.T)       { build(t, "testdata/stale") }
func TestUnavailable(t *testing.T) { build(t, "testdata/unavailable") }

func names(fns []*ssa.Function) []string {
	var out []string
	for _, f := range fns {
		s := strings.ReplaceAll(f.String(), "github.com/rex-go/rex/internal/compile/ssabuild/testdata/", "")
		out = append(out, strings.ReplaceAll(s, "github.com/rex-go/", ""))
	}
	return out
}

// TestReach: what is reachable, what is guarded and which initialisers run.
func TestReach(t *testing.T) {
	p, err := build(t, "testdata/reach")
	if err != nil {
		t.Fatal(err)
	}
	funcs := names(p.Funcs)
	for _, want := range []string{
		"reach.Main", "reach.direct", "reach.Main$1", "reach.generic[int]", "(reach.circle).area", "(*reach.square).area",
		"(reach.embeds).hidden", "reach.taken", "reach.even", "reach.odd", "reach.self", "(reach.circle).area$bound",
		"reach/lib.table", "reach/lib.init#1", "(encoding/binary.bigEndian).Uint16", "rex/xdp.field[unsafe.Pointer]",
		"(*reach.textError).Error",
	} {
		if !slices.Contains(funcs, want) {
			t.Errorf("%s is not among the functions", want)
		}
	}
	for _, not := range []string{
		"reach.unused", "(reach.unboxed).area", "reach.otherSignature", "rex.NewArray[uint64]", "reach/lib.Unused",
	} {
		if slices.Contains(funcs, not) {
			t.Errorf("%s is among the functions", not)
		}
	}
	if t.Failed() {
		t.Logf("functions: %s", strings.Join(funcs, "\n\t"))
	}

	var guard []*ssa.Function
	for _, f := range p.Funcs {
		if p.Guard[f] {
			guard = append(guard, f)
		}
	}
	got := names(guard)
	slices.Sort(got)
	want := []string{"reach.Main$2", "reach.even", "reach.odd", "reach.self", "reach.taken"}
	if !slices.Equal(got, want) {
		t.Errorf("guarded: %v, want %v", got, want)
	}

	if got, want := names(p.Inits), []string{"reach/lib.init", "reach.init"}; !slices.Equal(got, want) {
		t.Errorf("initialisers: %v, want %v", got, want)
	}
	if got, want := names(p.Entries), []string{"reach.Main"}; !slices.Equal(got, want) {
		t.Errorf("entries: %v, want %v", got, want)
	}
	for _, f := range p.Funcs {
		name := names([]*ssa.Function{f})[0]
		if trusted := !strings.Contains(name, "reach"); p.Trusted[f] != trusted {
			t.Errorf("trusted(%s) = %v", name, p.Trusted[f])
		}
		if len(f.Blocks) == 0 {
			t.Errorf("%s has no body", name)
		}
	}

	again, _ := build(t, "testdata/reach")
	if !slices.Equal(names(again.Funcs), funcs) {
		t.Error("the order of the functions differs from one build to the next")
	}
}

// TestInitsAreTrimmed: initialisers run for what is used, not for whole
// packages.
func TestInitsAreTrimmed(t *testing.T) {
	p, err := build(t, "testdata/reach")
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]bool{}
	for _, f := range p.Inits {
		for _, b := range f.Blocks {
			for _, i := range b.Instrs {
				if s, ok := i.(*ssa.Store); ok {
					if g, ok := s.Addr.(*ssa.Global); ok {
						stored[g.Name()] = true
					}
				}
			}
		}
	}
	for name, want := range map[string]bool{
		"Table": true, "used": true, "effect": true, "UnusedPlain": false, "hits": false, "unusedValue": false,
	} {
		if stored[name] != want {
			t.Errorf("initialiser of %s runs: %v, want %v", name, stored[name], want)
		}
	}
}
