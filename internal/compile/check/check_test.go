// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/check"
	"github.com/rex-go/rex/internal/compile/check/ruletest"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
)

const here = "internal/compile/check/testdata/good/"

func TestResult(t *testing.T) {
	res, err := check.Check(ruletest.Load(t, "testdata/good"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range res.Programs {
		got = append(got, fmt.Sprintf("%s type=%d budget=%d arena=%d onpanic=%d verdict=%d %s",
			p.Func.Name(), p.Type, p.BudgetNanos, p.ArenaBytes, p.OnPanic, p.DefaultVerdict, p.Pos))
	}
	want := []string{
		"First type=1 budget=50000000 arena=16384 onpanic=2 verdict=2 " + here + "good.go:14",
		"Second type=1 budget=100000000 arena=65536 onpanic=1 verdict=2 " + here + "good.go:22",
	}
	if !slices.Equal(got, want) {
		t.Errorf("programs:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	got = nil
	for i, m := range res.Maps {
		if j, ok := res.MapVars[m.Var]; !ok || i != j {
			t.Errorf("MapVars[%s] = %d, %v, want %d", m.Name, j, ok, i)
		}
		got = append(got, fmt.Sprintf("%s kind=%s key=%s/%d value=%s/%d entries=%d %s",
			m.Name, m.Kind.Name, m.Key, m.KeySize, m.Value, m.ValueSize, m.MaxEntries, m.Pos))
	}
	want = []string{
		"hits kind=PerCPUHash key=" + source.SDKPath + "/internal/compile/check/testdata/good.Key/8 value=[3]uint64/24 entries=128 " + here + "good.go:11",
		"seen kind=Array key=uint32/4 value=uint16/2 entries=7 " + here + "lib/lib.go:8",
	}
	if !slices.Equal(got, want) {
		t.Errorf("maps:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestAllAtOnce: problems of all rules and packages come together, sorted.
func TestAllAtOnce(t *testing.T) {
	src := ruletest.Load(t, "testdata/bad")
	_, err := check.Check(src)
	ruletest.CompareError(t, src, err)
	var list diag.List
	if errors.As(err, &list) {
		sorted := slices.Clone(list)
		sorted.Sort()
		if !slices.Equal(list, sorted) {
			t.Errorf("not sorted: %v", err)
		}
	}
}

func TestNoProgram(t *testing.T) {
	src := ruletest.Load(t, "testdata/none")
	_, err := check.Check(src)
	ruletest.CompareError(t, src, err)
}

// TestLimits: more programs or maps than the tables hold.
func TestLimits(t *testing.T) {
	var b strings.Builder
	b.WriteString("package none\n\nimport (\n\t\"github.com/rex-go/rex\"\n\t\"github.com/rex-go/rex/xdp\"\n)\n")
	for i := range abi.MaxPrograms + 1 {
		fmt.Fprintf(&b, "\n//rex:xdp\nfunc P%d(ctx *xdp.Context) xdp.Action { return 0 }\n", i)
	}
	for i := range abi.MaxMaps + 1 {
		fmt.Fprintf(&b, "\nvar m%d = rex.NewArray[int](1)\n", i)
	}
	root := ruletest.Load(t, "testdata/none").Root
	src, err := source.Load(t.Context(), source.Config{
		Pattern: "testdata/none",
		Overlay: map[string][]byte{root.GoFiles[0]: []byte(b.String())},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = check.Check(src)
	var list diag.List
	if !errors.As(err, &list) || len(list) != 2 || list[0].Code != diag.TooManyPrograms || list[1].Code != diag.TooManyMaps {
		t.Errorf("got %v", err)
	}
}
