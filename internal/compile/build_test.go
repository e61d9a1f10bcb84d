// SPDX-License-Identifier: Apache-2.0

package compile

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/diag"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/toolchain"
)

const ext = "./testdata/ext"

func TestBuildObject(t *testing.T) {
	res, err := Build(t.Context(), Config{Pattern: ext})
	if err != nil {
		t.Fatal(err)
	}
	o, err := image.Read(res.Object)
	if err != nil {
		t.Fatal(err)
	}
	m := &o.Meta
	if res.Name != "ext" || m.Name != "ext" || !strings.HasSuffix(m.Package, "internal/compile/testdata/ext") {
		t.Errorf("name %s, metadata %s %s", res.Name, m.Name, m.Package)
	}
	want := []image.Program{
		{Name: "Depth", Type: abi.ProgramXDP, Symbol: "ext.Depth", OnPanic: abi.PolicyContinue, DefaultVerdict: 2},
		{Name: "Size", Type: abi.ProgramXDP, Symbol: "ext.Size", OnPanic: abi.PolicyStop, DefaultVerdict: 2},
	}
	if len(m.Programs) != len(want) {
		t.Fatalf("programs %+v", m.Programs)
	}
	for i, w := range want {
		g := m.Programs[i]
		if g.Name != w.Name || g.Type != w.Type || g.Symbol != w.Symbol || g.OnPanic != w.OnPanic || g.DefaultVerdict != w.DefaultVerdict ||
			g.ArenaBytes != abi.DefaultArena || g.BudgetNanos != abi.DefaultBudgetMillis*1e6 || !strings.Contains(g.Pos, "ext.go:") {
			t.Errorf("program %+v, want %+v", g, w)
		}
	}
	if m.Programs[0].StackBytes != 0 || m.Programs[1].StackBytes == 0 {
		t.Errorf("stack bounds %d and %d, want none for the one that recurses", m.Programs[0].StackBytes, m.Programs[1].StackBytes)
	}
	if len(m.Maps) != 1 || m.Maps[0].Name != "sizes" || m.Maps[0].Kind != "PerCPUArray" || m.Maps[0].ValueSize != 8 || m.Maps[0].MaxEntries != 4 || m.Maps[0].ValueType != "uint64" {
		t.Errorf("maps %+v", m.Maps)
	}
	for _, f := range m.Functions {
		if f.Checked != (f.Symbol == "ext.walk") {
			t.Errorf("%s: stack check %v", f.Symbol, f.Checked)
		}
	}
	// Every function knows its source line.
	for _, f := range o.Funcs(o.Section(image.TextSection)) {
		if fr := o.Frames(f.Value, false); len(fr) == 0 || fr[len(fr)-1].Line == 0 {
			t.Errorf("%s: frames %+v", f.Name, fr)
		}
	}
	var names []string
	for _, tm := range res.Timings {
		names = append(names, tm.Stage)
	}
	if got := strings.Join(names, " "); got != "source check ssabuild lower object" {
		t.Errorf("stages %s", got)
	}

	again, err := Build(t.Context(), Config{Pattern: ext})
	if err != nil || !bytes.Equal(again.Object, res.Object) {
		t.Errorf("two builds differ (%v)", err)
	}
}

func TestEmitText(t *testing.T) {
	for emit, want := range map[Emit]string{
		EmitSSA: "func walk(b []byte, depth int) int:",
		EmitIR:  "@ext.walk(",
		EmitAsm: "ext.walk:",
	} {
		res, err := Build(t.Context(), Config{Pattern: ext, Emit: emit})
		if err != nil {
			t.Errorf("%s: %v", emit, err)
		} else if !bytes.Contains(res.Text, []byte(want)) || res.Object != nil {
			t.Errorf("%s: no %q in the output", emit, want)
		}
	}
}

func TestCheck(t *testing.T) {
	// Checking needs no LLVM.
	res, err := Check(t.Context(), Config{Pattern: ext, Toolchain: toolchain.In(t.TempDir())})
	if err != nil || res.Name != "ext" || res.Text != nil || res.Object != nil {
		t.Errorf("got %+v, %v", res, err)
	}
	_, err = Check(t.Context(), Config{Pattern: "./testdata/nowhere"})
	var list diag.List
	if !errors.As(err, &list) {
		t.Errorf("a package that does not exist: %v", err)
	}
}

func TestNoToolchain(t *testing.T) {
	none := toolchain.In(t.TempDir())
	if _, err := Build(t.Context(), Config{Pattern: ext, Toolchain: none}); !errors.Is(err, toolchain.ErrNotFound) || !strings.Contains(err.Error(), "apt-get install") {
		t.Errorf("got %v", err)
	}
	// What is wrong with the source is said first.
	var list diag.List
	if _, err := Build(t.Context(), Config{Pattern: "./testdata/nowhere", Toolchain: none}); !errors.As(err, &list) {
		t.Errorf("got %v", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Build(ctx, Config{Pattern: ext}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
