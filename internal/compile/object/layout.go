// SPDX-License-Identifier: Apache-2.0

package object

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
)

const stackSizes = ".stack_sizes"

// target says which section of the object an LLVM section becomes part of,
// "" for one that is dropped, and its own name for one that is kept as it is.
func target(s *image.Section) (string, error) {
	under := func(prefix string) bool { return s.Name == prefix || strings.HasPrefix(s.Name, prefix+".") }
	switch {
	case s.Name == image.RoAfterInitSection:
		return s.Name, nil
	case under(".text"):
		return image.TextSection, nil
	case under(".rodata"), under(".data.rel.ro"):
		return image.RodataSection, nil
	case under(".data"):
		return image.DataSection, nil
	case under(".bss"):
		return image.BSSSection, nil
	case strings.HasPrefix(s.Name, ".debug_"):
		return s.Name, nil
	case s.Name == stackSizes, s.Name == ".eh_frame", s.Name == ".comment", strings.HasPrefix(s.Name, ".note."),
		s.Type == elf.SectionType(0x6fff4c03): // SHT_LLVM_ADDRSIG
		return "", nil
	}
	return "", fmt.Errorf("lay out sections: LLVM made a section %s, which the linker does not know", s.Name)
}

// layout merges sections to at most one each of .text, .rodata, .data, .bss
// and .data..ro_after_init, applies the relocations of debug sections, and
// drops what is of no use later.
func layout(o *image.Object) error {
	merged := map[string]*image.Section{}
	moved := map[*image.Section]place{}
	var out []*image.Section
	for _, s := range o.Sections {
		name, err := target(s)
		if err != nil {
			return err
		}
		if name == "" || s.Size == 0 {
			continue
		}
		dst := merged[name]
		if dst == nil {
			dst = &image.Section{Name: name, Type: s.Type, Flags: s.Flags &^ (elf.SHF_MERGE | elf.SHF_STRINGS | elf.SHF_LINK_ORDER | elf.SHF_GROUP), Align: 1}
			if name == image.RodataSection {
				dst.Flags &^= elf.SHF_WRITE // .data.rel.ro
			}
			merged[name] = dst
			out = append(out, dst)
		}
		moved[s] = place{dst, appendSection(dst, s)}
	}
	sort.SliceStable(out, func(i, j int) bool { return rank(out[i]) < rank(out[j]) })
	sections := o.Sections
	o.Sections = out
	secSyms := rebase(o, moved)
	for _, s := range sections {
		p, ok := moved[s]
		if !ok {
			continue
		}
		for _, r := range s.Relocs {
			r.Off += p.off
			if r.Sym.Type == elf.STT_SECTION {
				q, ok := moved[r.Sym.Section]
				if !ok {
					return fmt.Errorf("lay out sections: %s refers to %s, which is dropped", s.Name, r.Sym.Section.Name)
				}
				r.Sym = secSyms[q.sec]
				r.Addend += int64(q.off)
			}
			p.sec.Relocs = append(p.sec.Relocs, r)
		}
	}
	for _, s := range o.Sections {
		sort.SliceStable(s.Relocs, func(i, j int) bool { return s.Relocs[i].Off < s.Relocs[j].Off })
		if strings.HasPrefix(s.Name, ".debug_") {
			if err := applyDebug(s); err != nil {
				return err
			}
		}
	}
	o.Symbols = slices.DeleteFunc(o.Symbols, func(s *image.Symbol) bool {
		return s.Type == elf.STT_SECTION && s.Section.Flags&elf.SHF_ALLOC == 0
	})
	return nil
}

// place is where a section went.
type place struct {
	sec *image.Section
	off uint64
}

// rank orders sections: code, read-only, writable, debug.
func rank(s *image.Section) int {
	order := []string{image.TextSection, image.RodataSection, image.RoAfterInitSection, image.DataSection, image.BSSSection}
	if i := slices.Index(order, s.Name); i >= 0 {
		return i
	}
	return len(order)
}

// appendSection adds a section's contents and returns its offset.
func appendSection(dst, s *image.Section) uint64 {
	off := (dst.Size + s.Align - 1) &^ (s.Align - 1)
	if dst.Type != elf.SHT_NOBITS {
		fill := byte(0)
		if dst.Name == image.TextSection {
			fill = 0xcc
		}
		dst.Data = append(dst.Data, bytes.Repeat([]byte{fill}, int(off-dst.Size))...)
		if s.Type == elf.SHT_NOBITS {
			dst.Data = append(dst.Data, make([]byte, s.Size)...)
		} else {
			dst.Data = append(dst.Data, s.Data...)
		}
	}
	dst.Size = off + s.Size
	dst.Align = max(dst.Align, s.Align)
	return off
}

// rebase moves symbols along with their sections and leaves one section
// symbol for each section.
func rebase(o *image.Object, moved map[*image.Section]place) map[*image.Section]*image.Symbol {
	secSyms := map[*image.Section]*image.Symbol{}
	var syms []*image.Symbol
	for _, s := range o.Sections {
		sym := &image.Symbol{Section: s, Bind: elf.STB_LOCAL, Type: elf.STT_SECTION}
		secSyms[s] = sym
		syms = append(syms, sym)
	}
	for _, sym := range o.Symbols {
		if sym.Type == elf.STT_SECTION {
			continue
		}
		if sym.Section != nil {
			p, ok := moved[sym.Section]
			if !ok {
				continue
			}
			sym.Section, sym.Value = p.sec, sym.Value+p.off
		}
		syms = append(syms, sym)
	}
	o.Symbols = syms
	return secSyms
}

// applyDebug resolves a debug section's relocations with every section at
// address 0: readers then need no relocation, and addresses are offsets into
// .text.
func applyDebug(s *image.Section) error {
	le := binary.LittleEndian
	data := slices.Clone(s.Data)
	for _, r := range s.Relocs {
		n, ok := image.RelocSize(r.Type)
		if !ok || r.Off+n > s.Size {
			return fmt.Errorf("apply relocations of %s: %w: type %v at %#x", s.Name, ErrReloc, r.Type, r.Off)
		}
		v := r.Sym.Value + uint64(r.Addend)
		switch r.Type {
		case elf.R_X86_64_64:
			le.PutUint64(data[r.Off:], v)
		case elf.R_X86_64_32:
			if v > math.MaxUint32 {
				return fmt.Errorf("apply relocations of %s: %w: %#x does not fit", s.Name, ErrReloc, v)
			}
			le.PutUint32(data[r.Off:], uint32(v))
		default:
			return fmt.Errorf("apply relocations of %s: %w: type %v at %#x", s.Name, ErrReloc, r.Type, r.Off)
		}
	}
	s.Data, s.Relocs = data, nil
	return nil
}

// checkRelocs refuses relocation types that the kernel's loader does not know
// and undefined symbols outside the ABI, naming the function that refers to
// them.
func checkRelocs(o *image.Object) error {
	for _, s := range o.Sections {
		for _, r := range s.Relocs {
			name := r.Sym.Name
			if name == "" && r.Sym.Section != nil {
				name = r.Sym.Section.Name
			}
			if _, ok := image.RelocSize(r.Type); !ok {
				return fmt.Errorf("check object: %w: %s refers to %s with type %v, which the kernel does not know", ErrReloc, o.Where(s, r.Off), name, r.Type)
			}
			if r.Sym.Undefined() && name != NeedSymbol && !abi.Allowed(name) {
				return fmt.Errorf("check object: %w", &image.UndefinedError{Symbol: name, Referrer: o.Where(s, r.Off)})
			}
		}
	}
	return nil
}

// frameSizes reads .stack_sizes: the frame of every function in bytes, with
// the return address.
func frameSizes(o *image.Object) (map[*image.Symbol]uint32, error) {
	type key struct {
		sec *image.Section
		off uint64
	}
	bySym := map[key]*image.Symbol{}
	for _, sym := range o.Symbols {
		if sym.Type == elf.STT_FUNC && sym.Section != nil {
			bySym[key{sym.Section, sym.Value}] = sym
		}
	}
	frames := map[*image.Symbol]uint32{}
	for _, s := range o.Sections {
		if s.Name != stackSizes {
			continue
		}
		for _, r := range s.Relocs {
			if r.Type != elf.R_X86_64_64 || r.Off+8 > s.Size {
				return nil, fmt.Errorf("read %s: unexpected relocation", stackSizes)
			}
			f := bySym[key{r.Sym.Section, r.Sym.Value + uint64(r.Addend)}]
			size, n := binary.Uvarint(s.Data[r.Off+8:])
			if f == nil || n <= 0 {
				return nil, fmt.Errorf("read %s: bad entry at %#x", stackSizes, r.Off)
			}
			if size+8 > abi.MaxFrame {
				return nil, fmt.Errorf("check frames: %w: %s uses %d bytes, at most %d are possible (make large variables package-level, or allocate them)",
					ErrFrame, f.Name, size+8, abi.MaxFrame)
			}
			frames[f] = uint32(size + 8)
		}
	}
	for _, sym := range o.Symbols {
		if _, ok := frames[sym]; !ok && sym.Type == elf.STT_FUNC && sym.Section != nil {
			return nil, fmt.Errorf("check frames: %w: the size of %s's frame is not fixed", ErrFrame, sym.Name)
		}
	}
	return frames, nil
}
