// SPDX-License-Identifier: Apache-2.0

package image

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/rex-go/rex/internal/abi"
)

// Read parses and validates a .rexo object. It never panics, whatever the
// input; errors match one of this package's sentinels. The Object refers to b.
//
// Read checks form, ABI and symbols. Whether the machine code is harmless is
// audit.Check's business.
func Read(b []byte) (*Object, error) {
	o, meta, err := parse(b, false)
	if err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	if meta == nil {
		return nil, fmt.Errorf("read object: %w", ErrNoMeta)
	}
	dec := json.NewDecoder(bytes.NewReader(meta))
	if err := dec.Decode(&o.Meta); err != nil {
		return nil, fmt.Errorf("read object: %w: %v", ErrMeta, err)
	}
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	return o, nil
}

// ParseELF parses a relocatable file as LLVM writes it, with or without
// metadata, and checks nothing but its form.
func ParseELF(b []byte) (*Object, error) {
	o, _, err := parse(b, false)
	if err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	return o, nil
}

// ParseLoaded is ParseELF for who wants to know only what the kernel loads:
// debug information has no relocations then, which are most of them.
func ParseLoaded(b []byte) (*Object, error) {
	o, _, err := parse(b, true)
	if err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	return o, nil
}

// Validate checks what an Object promises to the linker: the ABI, that names
// fit, that every program and the initialiser is a function in .text, that
// nothing outside the ABI is undefined, that relocations fit their section.
func (o *Object) Validate() error {
	m := &o.Meta
	if m.ABIVersion != abi.Version || m.ABIHash != abi.Hash() {
		return &ABIError{Version: m.ABIVersion, WantVersion: abi.Version, Hash: m.ABIHash, WantHash: abi.Hash()}
	}
	if err := o.validateMeta(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, s := range o.Sections {
		if seen[s.Name] {
			return malformed("two sections named %s", s.Name)
		}
		seen[s.Name] = true
		for _, r := range s.Relocs {
			size, ok := RelocSize(r.Type)
			if !ok {
				return malformed("section %s has a relocation of type %v, which the kernel does not know", s.Name, r.Type)
			}
			if r.Off > s.Size || s.Size-r.Off < size {
				return malformed("section %s has a relocation beyond its end", s.Name)
			}
			if r.Sym.Undefined() && !abi.Allowed(r.Sym.Name) {
				return &UndefinedError{Symbol: r.Sym.Name, Referrer: o.Where(s, r.Off)}
			}
		}
	}
	return nil
}

// Where names a place for messages: function+0xoffset, or section+0xoffset
// outside functions.
func (o *Object) Where(s *Section, off uint64) string {
	if s.Name == TextSection {
		if f := o.FuncAt(off); f != nil {
			return fmt.Sprintf("%s+%#x", f.Name, off-f.Value)
		}
	}
	for _, sym := range o.Symbols {
		if sym.Section == s && sym.Name != "" && off >= sym.Value && off-sym.Value < sym.Size {
			return fmt.Sprintf("%s+%#x", sym.Name, off-sym.Value)
		}
	}
	return fmt.Sprintf("%s+%#x", s.Name, off)
}

func (o *Object) validateMeta() error {
	m := &o.Meta
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrMeta, fmt.Sprintf(format, args...))
	}
	if !validName(m.Name, abi.NameSize) {
		return bad("extension name %q", m.Name)
	}
	if len(m.Programs) > abi.MaxPrograms {
		return bad("%d programs, at most %d are possible", len(m.Programs), abi.MaxPrograms)
	}
	if len(m.Maps) > abi.MaxMaps {
		return bad("%d maps, at most %d are possible", len(m.Maps), abi.MaxMaps)
	}
	names := map[string]bool{}
	for _, p := range m.Programs {
		if p.Name == "" || len(p.Name) >= abi.NameSize || names[p.Name] {
			return bad("program name %q", p.Name)
		}
		names[p.Name] = true
		if p.Type == abi.ProgramInvalid {
			return bad("program %s has no type", p.Name)
		}
		if !o.isFunction(p.Symbol) {
			return bad("program %s: %s is not a function of the object", p.Name, p.Symbol)
		}
	}
	if m.Init != "" && !o.isFunction(m.Init) {
		return bad("initialiser %s is not a function of the object", m.Init)
	}
	maps := map[string]bool{}
	for _, mp := range m.Maps {
		if mp.Name == "" || maps[mp.Name] {
			return bad("map name %q", mp.Name)
		}
		maps[mp.Name] = true
	}
	return nil
}

func (o *Object) isFunction(name string) bool {
	s := o.Symbol(name)
	return s != nil && s.Section != nil && s.Section.Name == TextSection
}

func validName(s string, size int) bool {
	if s == "" || len(s) >= size {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}
