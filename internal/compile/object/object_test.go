// SPDX-License-Identifier: Apache-2.0

package object

import (
	"os"
	"testing"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/toolchain"
)

func meta(symbols ...string) image.Meta {
	m := image.Meta{Name: "p", Package: "p"}
	for _, s := range symbols {
		m.Programs = append(m.Programs, image.Program{Name: s, Symbol: s, Type: abi.ProgramXDP})
	}
	return m
}

func TestBuild(t *testing.T) {
	ir, err := os.ReadFile("testdata/basic.ll")
	if err != nil {
		t.Fatal(err)
	}
	_, o, err := Build(t.Context(), toolchain.New(), Input{IR: ir, Meta: meta("p.Prog")})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"p.add": false, "p.sub": false, "p.fib": true, "p.Prog": false}
	for _, f := range o.Meta.Functions {
		checked, ok := want[f.Symbol]
		if !ok || checked != f.Checked || f.Frame == 0 {
			t.Errorf("function %+v, want checked %v", f, checked)
		}
		delete(want, f.Symbol)
	}
	if len(want) != 0 {
		t.Errorf("functions not in the object: %v", want)
	}
}
