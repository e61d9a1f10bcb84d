// SPDX-License-Identifier: Apache-2.0

package inspect

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/object"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/toolchain"
)

var update = flag.Bool("update", false, "rewrite golden files")

// build compiles a module of the object stage's tests, with the given
// metadata.
func build(t *testing.T, name string, edit func(*image.Meta)) *image.Object {
	t.Helper()
	ir, err := os.ReadFile("../compile/object/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	m := image.Meta{Name: "p", Package: "example.com/p", GoVersion: "go1.26", Programs: []image.Program{{
		Name: "Prog", Type: abi.ProgramXDP, Symbol: "p.Prog", BudgetNanos: 100e6, ArenaBytes: abi.DefaultArena,
		OnPanic: abi.PolicyStop, DefaultVerdict: 2, Pos: "p/p.go:40",
	}}}
	if edit != nil {
		edit(&m)
	}
	_, o, err := object.Build(t.Context(), toolchain.New(), object.Input{IR: ir, Meta: m})
	if err != nil {
		t.Fatal(err)
	}
	// The hash changes with the ABI; what is printed of it does not matter.
	o.Meta.ABIHash = 0x1234
	return o
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = "testdata/" + name
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("output differs from %s (run with -update to accept it):\n%s", name, got)
	}
}

func TestSummary(t *testing.T) {
	o := build(t, "basic.ll", func(m *image.Meta) {
		m.Maps = []image.Map{{Name: "hits", Kind: "Array", Type: 2, KeySize: 4, ValueSize: 8, MaxEntries: 1, KeyType: "uint32", ValueType: "uint64", Pos: "p/p.go:8"}}
		m.Programs[0].DefaultVerdict = 0xffffffff
	})
	var b bytes.Buffer
	if err := Write(&b, o, Options{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.golden", b.Bytes())
}

func TestDisassembly(t *testing.T) {
	o := build(t, "debug.ll", nil)
	src := func(name string) ([]byte, error) {
		if name != "p/p.go" {
			return nil, fmt.Errorf("asked for %s", name)
		}
		var b strings.Builder
		for i := 1; i < 50; i++ {
			fmt.Fprintf(&b, "\tline %d\n", i)
		}
		return []byte(b.String()), nil
	}
	var b bytes.Buffer
	if err := Write(&b, o, Options{Source: true, ReadFile: src}); err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(b.String(), "\np.leaf:")
	golden(t, "disassembly.golden", []byte("p.leaf:"+code))
}

// TestNoSource: without the source files, file and line are printed.
func TestNoSource(t *testing.T) {
	o := build(t, "debug.ll", nil)
	var b bytes.Buffer
	err := Write(&b, o, Options{Source: true, ReadFile: func(string) ([]byte, error) { return nil, os.ErrNotExist }})
	if err != nil || !strings.Contains(b.String(), "; p/p.go:12 (p.at in p.sum2:21 in p.leaf:32)\n  ") {
		t.Errorf("%v\n%s", err, &b)
	}
}

type badWriter struct{ err error }

func (w badWriter) Write([]byte) (int, error) { return 0, w.err }

func TestWriteError(t *testing.T) {
	o := build(t, "debug.ll", nil)
	full := errors.New("disk full")
	if err := Write(badWriter{full}, o, Options{}); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}
