// SPDX-License-Identifier: Apache-2.0

package link

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/kernel"
)

// resolve carries the object's relocations over: struct offsets are applied
// here, everything else is left to the kernel.
func (m *module) resolve(btf *kernel.BTF) error {
	for _, s := range m.in.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		out := m.out.Section(s.Name)
		own := out.Relocs
		out.Relocs = make([]image.Reloc, 0, len(s.Relocs)+len(own))
		for _, r := range s.Relocs {
			r, keep, err := m.relocation(s, out, r, btf)
			if err != nil {
				return fmt.Errorf("%w (at %s)", err, m.in.Where(s, r.Off))
			}
			if keep {
				out.Relocs = append(out.Relocs, r)
			}
		}
		out.Relocs = append(out.Relocs, own...)
	}
	return nil
}

// relocation translates one relocation; keep is false when it is done.
func (m *module) relocation(s, out *image.Section, r image.Reloc, btf *kernel.BTF) (_ image.Reloc, keep bool, err error) {
	size, ok := image.RelocSize(r.Type)
	if !ok || s.Type == elf.SHT_NOBITS || r.Off > uint64(len(s.Data)) || uint64(len(s.Data))-r.Off < size {
		return r, false, fmt.Errorf("%w: relocation of type %v", ErrObject, r.Type)
	}
	// The kernel refuses a place that is not zero, because it would have been
	// relocated before (arch/x86/kernel/module.c).
	for _, c := range out.Data[r.Off:][:size] {
		if c != 0 {
			return r, false, fmt.Errorf("%w: a place to relocate is not zero", ErrObject)
		}
	}
	if !r.Sym.Undefined() {
		if r.Sym = m.symbols[r.Sym]; r.Sym == nil {
			return r, false, fmt.Errorf("%w: reference to a section that is not loaded", ErrObject)
		}
		return r, true, nil
	}
	name := r.Sym.Name
	switch {
	case r.Sym.Bind != elf.STB_GLOBAL:
		return r, false, fmt.Errorf("%w: undefined symbol %q is not global", ErrObject, name)
	case strings.HasPrefix(name, abi.FieldPrefix):
		structName, field, _ := abi.SplitField(name)
		off, err := btf.FieldOffset(structName, field)
		if absent(err) && m.tests(structName, field) {
			off, err = abi.FieldMissing, nil
		}
		if err != nil {
			return r, false, err
		}
		return r, false, store(out.Data[r.Off:], r.Type, int64(off)+r.Addend, name)
	case strings.HasPrefix(name, abi.HasPrefix):
		structName, field, _ := abi.SplitHas(name)
		has := int64(abi.HasField)
		if _, err := btf.FieldOffset(structName, field); absent(err) {
			has = abi.NoField
		}
		return r, false, store(out.Data[r.Off:], r.Type, has+r.Addend, name)
	case strings.HasPrefix(name, abi.MapPrefix):
		sym := m.maps[name]
		if sym == nil {
			return r, false, fmt.Errorf("%w: reference to %s, which is not among its maps", ErrObject, name)
		}
		r.Sym = sym
	case abi.Allowed(name):
		if f, ok := abi.FuncBySymbol(name); ok {
			name = f.Entry()
		}
		r.Sym = m.extern(name)
	default:
		return r, false, &image.UndefinedError{Symbol: name, Referrer: m.in.Where(s, r.Off)}
	}
	return r, true, nil
}

// absent reports whether a struct or its member is missing, rather than
// without an offset.
func absent(err error) bool {
	return errors.Is(err, kernel.ErrNoType) || errors.Is(err, kernel.ErrNoField)
}

// tests reports whether the object asks if the target has a member.
func (m *module) tests(structName, field string) bool {
	name := abi.HasSymbol(structName, field)
	return slices.ContainsFunc(m.in.Undefined(), func(s *image.Symbol) bool { return s.Name == name })
}

// store writes an absolute value as a relocation would.
func store(at []byte, typ elf.R_X86_64, v int64, name string) error {
	fits := false
	switch typ {
	case elf.R_X86_64_64:
		binary.LittleEndian.PutUint64(at, uint64(v))
		return nil
	case elf.R_X86_64_32:
		fits = v >= 0 && v <= math.MaxUint32
	case elf.R_X86_64_32S:
		fits = v >= math.MinInt32 && v <= math.MaxInt32
	default:
		return fmt.Errorf("%w: %s is used as an address (relocation %v), not as a number", ErrObject, name, typ)
	}
	if !fits {
		return fmt.Errorf("%w: %s is %d, which does not fit relocation %v", ErrObject, name, v, typ)
	}
	binary.LittleEndian.PutUint32(at, uint32(v))
	return nil
}
