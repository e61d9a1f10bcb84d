// SPDX-License-Identifier: Apache-2.0

package image

import (
	"debug/elf"
	"sort"
)

// Names of the sections that an object may have besides debug sections and
// MetaSection. Each occurs at most once; empty ones are absent.
const (
	TextSection        = ".text"
	RodataSection      = ".rodata"
	DataSection        = ".data"
	BSSSection         = ".bss"
	RoAfterInitSection = ".data..ro_after_init"
)

// Object is a relocatable file in memory. The accessors do not copy: callers
// that change a Section or Symbol change the Object.
type Object struct {
	Meta Meta
	// Sections holds every section with contents, in file order; symbol,
	// string, relocation and metadata sections are not listed.
	Sections []*Section
	// Symbols holds every named symbol and the section symbols that
	// relocations refer to, in file order.
	Symbols []*Symbol

	frames frameTable
}

// Section is one section of an Object.
type Section struct {
	Name  string
	Type  elf.SectionType
	Flags elf.SectionFlag
	Align uint64
	// Size is the section's size in memory; Data is nil for SHT_NOBITS and
	// has exactly Size bytes otherwise.
	Size uint64
	Data []byte
	// Relocs is sorted by Off.
	Relocs []Reloc
	// Link is the section that SHF_LINK_ORDER refers to.
	Link *Section
}

// Reloc is one relocation with addend.
type Reloc struct {
	Off    uint64
	Type   elf.R_X86_64
	Sym    *Symbol
	Addend int64
}

// Symbol is a symbol-table entry.
type Symbol struct {
	Name string
	// Section is nil for an undefined or absolute symbol.
	Section *Section
	// Abs marks an absolute symbol (SHN_ABS).
	Abs   bool
	Value uint64
	Size  uint64
	Bind  elf.SymBind
	Type  elf.SymType
}

// Undefined reports whether another file must define the symbol.
func (s *Symbol) Undefined() bool { return s.Section == nil && !s.Abs }

// Section returns the section with that name, nil when there is none.
func (o *Object) Section(name string) *Section {
	for _, s := range o.Sections {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Symbol returns the symbol with that name, nil when there is none. Section
// symbols have no name.
func (o *Object) Symbol(name string) *Symbol {
	for _, s := range o.Symbols {
		if s.Name == name && s.Type != elf.STT_SECTION {
			return s
		}
	}
	return nil
}

// Undefined returns the undefined symbols that relocations refer to, sorted
// by name.
func (o *Object) Undefined() []*Symbol {
	seen := map[*Symbol]bool{}
	var out []*Symbol
	for _, s := range o.Sections {
		for _, r := range s.Relocs {
			if r.Sym != nil && r.Sym.Undefined() && !seen[r.Sym] {
				seen[r.Sym] = true
				out = append(out, r.Sym)
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Funcs returns the function symbols of a section in address order.
func (o *Object) Funcs(s *Section) []*Symbol {
	var out []*Symbol
	for _, sym := range o.Symbols {
		if sym.Section == s && sym.Type == elf.STT_FUNC {
			out = append(out, sym)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Value < out[j].Value })
	return out
}

// FuncAt returns the function of .text that covers an offset, nil when none
// does.
func (o *Object) FuncAt(off uint64) *Symbol {
	text := o.Section(TextSection)
	if text == nil {
		return nil
	}
	for _, sym := range o.Symbols {
		if sym.Section == text && sym.Type == elf.STT_FUNC && off >= sym.Value && off-sym.Value < sym.Size {
			return sym
		}
	}
	return nil
}
