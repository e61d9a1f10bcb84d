// SPDX-License-Identifier: Apache-2.0

package compile

import (
	"errors"
	"fmt"
	"go/types"
	"runtime"
	"strings"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/check"
	"github.com/rex-go/rex/internal/diag"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/toolchain"
)

// ErrName: the package's name cannot be an extension's.
var ErrName = errors.New("bad extension name")

// meta makes the object's metadata from what check and lower found.
func (b *build) meta() (image.Meta, error) {
	root := b.src.Root
	m := image.Meta{
		Name:      strings.ToLower(root.Name),
		Package:   root.PkgPath,
		GoVersion: runtime.Version(),
		Init:      b.mod.Init,
		Process:   b.cfg.Process,
		Programs:  []image.Program{},
		Maps:      []image.Map{},
	}
	if err := checkName(m.Name); err != nil {
		return m, err
	}
	if len(b.mod.Programs) != len(b.chk.Programs) {
		return m, fmt.Errorf("compile %s: internal error: %d programs lowered of %d", root.PkgPath, len(b.mod.Programs), len(b.chk.Programs))
	}
	for i, p := range b.chk.Programs {
		m.Programs = append(m.Programs, program(p, b.mod.Programs[i]))
	}
	qual := types.RelativeTo(root.Types)
	for _, mp := range b.chk.Maps {
		m.Maps = append(m.Maps, image.Map{
			Name: mp.Name, Kind: mp.Kind.Name, Type: mp.Kind.Type,
			KeySize: mp.KeySize, ValueSize: mp.ValueSize, MaxEntries: mp.MaxEntries, Flags: mp.Flags, Lock: mp.Lock,
			KeyType: types.TypeString(mp.Key, qual), ValueType: types.TypeString(mp.Value, qual), Pos: mp.Pos,
		})
	}
	return m, nil
}

func program(p check.Program, symbol string) image.Program {
	var rec *image.Record
	if p.Record != nil {
		rec = &image.Record{Type: types.TypeString(p.Record.Type, (*types.Package).Name), Size: p.Record.Size}
		for _, f := range p.Record.Fields {
			rec.Fields = append(rec.Fields, image.RecordField(f))
		}
	}
	return image.Program{
		Record: rec,
		Name:   p.Func.Name(), Type: p.Type, Symbol: symbol, Attach: p.Attach,
		BudgetNanos: p.BudgetNanos, ArenaBytes: p.ArenaBytes, OnPanic: p.OnPanic,
		DefaultVerdict: p.DefaultVerdict, Pos: p.Pos,
	}
}

// checkName: the name becomes part of a kernel module's.
func checkName(name string) error {
	if len(name) >= abi.NameSize {
		return fmt.Errorf("compile: %w: %s has %d bytes, at most %d are possible", ErrName, name, len(name), abi.NameSize-1)
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return fmt.Errorf("compile: %w: package %s (only letters a-z, digits and _ are possible)", ErrName, name)
		}
	}
	return nil
}

// isProblem reports whether an error is about the extension's source, and so
// more useful than one about the tools.
func isProblem(err error) bool {
	var list diag.List
	return errors.As(err, &list)
}

// explain says that a failure of LLVM is ours and not the user's: what it is
// given has passed every check of the source.
func (b *build) explain(err error) error {
	var run *toolchain.RunError
	if err == nil || !errors.As(err, &run) {
		return err
	}
	return fmt.Errorf("compile %s: internal error: LLVM refused the code (please report it, with the output of -emit ir): %w", b.src.Root.PkgPath, err)
}
