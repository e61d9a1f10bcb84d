// SPDX-License-Identifier: Apache-2.0

package image

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"math"
	"sort"
	"strings"
)

// Bounds on what parse accepts, far above what any extension needs.
const (
	// MaxFileSize bounds an object file, in bytes.
	MaxFileSize = 64 << 20
	// maxMemSize bounds one section's size in memory.
	maxMemSize  = 256 << 20
	maxSections = 4096
	maxSymbols  = 1 << 20
)

const (
	ehdrSize = 64
	shdrSize = 64
	symSize  = 24
	relaSize = 24
)

// RelocSize returns how many bytes a relocation changes, and whether the
// kernel's module loader knows the type (arch/x86/kernel/module.c).
func RelocSize(t elf.R_X86_64) (uint64, bool) {
	switch t {
	case elf.R_X86_64_64, elf.R_X86_64_PC64:
		return 8, true
	case elf.R_X86_64_32, elf.R_X86_64_32S, elf.R_X86_64_PC32, elf.R_X86_64_PLT32:
		return 4, true
	}
	return 0, false
}

type parser struct {
	b        []byte
	shdrs    []elf.Section64
	shstr    []byte
	sections []*Section // by ELF index; nil for those without contents of interest
	symbols  []*Symbol  // by ELF index
	loaded   bool       // leave out relocations of sections that are not loaded
}

// parse reads the ELF structure. The second result is the contents of
// MetaSection, nil when there is none. loaded: see parser.
func parse(b []byte, loaded bool) (*Object, []byte, error) {
	p := &parser{b: b, loaded: loaded}
	if err := p.header(); err != nil {
		return nil, nil, err
	}
	o := &Object{}
	var meta []byte
	p.sections = make([]*Section, len(p.shdrs))
	for i := range p.shdrs {
		h := &p.shdrs[i]
		name, err := str(p.shstr, h.Name)
		if err != nil {
			return nil, nil, err
		}
		switch elf.SectionType(h.Type) {
		case elf.SHT_NULL, elf.SHT_SYMTAB, elf.SHT_STRTAB, elf.SHT_RELA:
			continue
		case elf.SHT_REL:
			return nil, nil, malformed("section %s has relocations without addend", name)
		}
		s, err := p.section(h, name)
		if err != nil {
			return nil, nil, err
		}
		if name == MetaSection {
			if meta != nil {
				return nil, nil, malformed("two sections named %s", name)
			}
			meta = s.Data
			if meta == nil {
				meta = []byte{}
			}
			continue
		}
		p.sections[i] = s
		o.Sections = append(o.Sections, s)
	}
	for i := range p.shdrs {
		h := &p.shdrs[i]
		if s := p.sections[i]; s != nil && s.Flags&elf.SHF_LINK_ORDER != 0 && int64(h.Link) < int64(len(p.sections)) {
			s.Link = p.sections[h.Link]
		}
	}
	if err := p.symtab(o); err != nil {
		return nil, nil, err
	}
	if err := p.relocs(); err != nil {
		return nil, nil, err
	}
	return o, meta, nil
}

func (p *parser) header() error {
	b := p.b
	switch {
	case len(b) == 0:
		return ErrEmpty
	case len(b) > MaxFileSize:
		return ErrTooLarge
	case !bytes.HasPrefix([]byte(elf.ELFMAG), b[:min(4, len(b))]):
		return ErrNotELF
	case len(b) < ehdrSize:
		return truncated("the file header")
	}
	le := binary.LittleEndian
	if elf.Class(b[elf.EI_CLASS]) != elf.ELFCLASS64 || elf.Data(b[elf.EI_DATA]) != elf.ELFDATA2LSB ||
		elf.Type(le.Uint16(b[16:])) != elf.ET_REL || elf.Machine(le.Uint16(b[18:])) != elf.EM_X86_64 {
		return ErrKind
	}
	shoff, shentsize, shnum, shstrndx := le.Uint64(b[40:]), le.Uint16(b[58:]), int(le.Uint16(b[60:])), int(le.Uint16(b[62:]))
	if shentsize != shdrSize {
		return malformed("section headers of %d bytes", shentsize)
	}
	if shnum == 0 || shnum > maxSections {
		return malformed("%d sections", shnum)
	}
	raw, err := p.bytes(shoff, uint64(shnum)*shdrSize, "the section table")
	if err != nil {
		return err
	}
	p.shdrs = make([]elf.Section64, shnum)
	if err := binary.Read(bytes.NewReader(raw), le, p.shdrs); err != nil {
		return malformed("section table: %v", err)
	}
	if shstrndx >= shnum {
		return malformed("no section name table")
	}
	h := &p.shdrs[shstrndx]
	if elf.SectionType(h.Type) != elf.SHT_STRTAB {
		return malformed("section name table is not a string table")
	}
	p.shstr, err = p.bytes(h.Off, h.Size, "the section name table")
	return err
}

// bytes returns a part of the file.
func (p *parser) bytes(off, size uint64, what string) ([]byte, error) {
	if off > uint64(len(p.b)) || size > uint64(len(p.b))-off {
		return nil, truncated(what)
	}
	return p.b[off : off+size : off+size], nil
}

func str(tab []byte, off uint32) (string, error) {
	if off == 0 && len(tab) == 0 {
		return "", nil
	}
	if uint64(off) >= uint64(len(tab)) {
		return "", malformed("string table offset %d is out of range", off)
	}
	n := bytes.IndexByte(tab[off:], 0)
	if n < 0 {
		return "", malformed("string at offset %d has no end", off)
	}
	return string(tab[off : int(off)+n]), nil
}

func (p *parser) section(h *elf.Section64, name string) (*Section, error) {
	s := &Section{Name: name, Type: elf.SectionType(h.Type), Flags: elf.SectionFlag(h.Flags), Align: h.Addralign, Size: h.Size}
	if s.Align == 0 {
		s.Align = 1
	}
	if s.Align&(s.Align-1) != 0 || s.Align > 4096 {
		return nil, malformed("section %s has alignment %d", name, s.Align)
	}
	if s.Size > maxMemSize {
		return nil, malformed("section %s has %d bytes", name, s.Size)
	}
	if s.Flags&elf.SHF_COMPRESSED != 0 {
		return nil, malformed("section %s is compressed", name)
	}
	if s.Type == elf.SHT_NOBITS {
		return s, nil
	}
	var err error
	s.Data, err = p.bytes(h.Off, h.Size, "section "+name)
	return s, err
}

func (p *parser) symtab(o *Object) error {
	for i := range p.shdrs {
		h := &p.shdrs[i]
		if elf.SectionType(h.Type) != elf.SHT_SYMTAB {
			continue
		}
		if p.symbols != nil {
			return malformed("two symbol tables")
		}
		if h.Size%symSize != 0 || h.Size/symSize > maxSymbols {
			return malformed("symbol table of %d bytes", h.Size)
		}
		raw, err := p.bytes(h.Off, h.Size, "the symbol table")
		if err != nil {
			return err
		}
		if uint64(h.Link) >= uint64(len(p.shdrs)) || elf.SectionType(p.shdrs[h.Link].Type) != elf.SHT_STRTAB {
			return malformed("symbol table has no string table")
		}
		strs, err := p.bytes(p.shdrs[h.Link].Off, p.shdrs[h.Link].Size, "the string table")
		if err != nil {
			return err
		}
		p.symbols = make([]*Symbol, len(raw)/symSize)
		for j := range p.symbols {
			if j == 0 {
				continue
			}
			s, err := p.symbol(raw[j*symSize:], strs)
			if err != nil {
				return err
			}
			p.symbols[j] = s
			if s != nil && s.Type != elf.STT_FILE {
				o.Symbols = append(o.Symbols, s)
			}
		}
	}
	return nil
}

// symbol parses one entry; symbols of sections that are not kept come back
// as nil.
func (p *parser) symbol(raw, strs []byte) (*Symbol, error) {
	le := binary.LittleEndian
	name, err := str(strs, le.Uint32(raw))
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(name, "\n\r\x1b") {
		return nil, malformed("symbol name %q", name)
	}
	s := &Symbol{
		Name: name, Bind: elf.ST_BIND(raw[4]), Type: elf.ST_TYPE(raw[4]),
		Value: le.Uint64(raw[8:]), Size: le.Uint64(raw[16:]),
	}
	switch ndx := elf.SectionIndex(le.Uint16(raw[6:])); {
	case ndx == elf.SHN_UNDEF:
	case ndx == elf.SHN_ABS:
		s.Abs = true
	case int(ndx) >= len(p.sections):
		return nil, malformed("symbol %s is in section %d", name, ndx)
	default:
		s.Section = p.sections[ndx]
		if s.Section == nil {
			return nil, nil
		}
		if s.Value > s.Section.Size || s.Size > s.Section.Size-s.Value {
			return nil, malformed("symbol %s lies outside its section %s", name, s.Section.Name)
		}
	}
	return s, nil
}

func (p *parser) relocs() error {
	for i := range p.shdrs {
		h := &p.shdrs[i]
		if elf.SectionType(h.Type) != elf.SHT_RELA {
			continue
		}
		if uint64(h.Info) >= uint64(len(p.sections)) || p.sections[h.Info] == nil {
			return malformed("relocations for section %d", h.Info)
		}
		s := p.sections[h.Info]
		if p.loaded && s.Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		if s.Relocs != nil {
			return malformed("section %s has two relocation tables", s.Name)
		}
		raw, err := p.bytes(h.Off, h.Size, "relocations of "+s.Name)
		if err != nil {
			return err
		}
		if len(raw)%relaSize != 0 {
			return malformed("relocation table of %d bytes", len(raw))
		}
		s.Relocs = make([]Reloc, 0, len(raw)/relaSize)
		le := binary.LittleEndian
		for ; len(raw) > 0; raw = raw[relaSize:] {
			info := le.Uint64(raw[8:])
			n := info >> 32
			if n >= uint64(len(p.symbols)) || p.symbols[n] == nil {
				return malformed("relocation in %s refers to symbol %d", s.Name, n)
			}
			r := Reloc{Off: le.Uint64(raw), Type: elf.R_X86_64(info & math.MaxUint32), Sym: p.symbols[n], Addend: int64(le.Uint64(raw[16:]))}
			if r.Off >= s.Size {
				return malformed("relocation beyond the end of %s", s.Name)
			}
			s.Relocs = append(s.Relocs, r)
		}
		sort.SliceStable(s.Relocs, func(a, b int) bool { return s.Relocs[a].Off < s.Relocs[b].Off })
	}
	return nil
}
