// SPDX-License-Identifier: Apache-2.0

package link

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
)

// Symbols that the kernel knows a module's entry and exit by.
const (
	initSymbol    = "init_module"
	cleanupSymbol = "cleanup_module"
	thisSymbol    = "__this_module"
)

// Sections that the linker adds and no object may have.
const (
	glueSection = ".text.rex"
	// textSection is the name that the object's code has in the kernel module:
	// the kernel allows no probes there. A probe on a function's return expects
	// the function to return, and a panic leaves it otherwise.
	textSection = ".kprobes.text"
	progSection = ".data.rex"
)

// module is a kernel module being made.
type module struct {
	name string
	meta *image.Meta
	in   *image.Object
	rex  *rexKO
	out  image.Object

	// symbols maps the input's symbols to the output's.
	symbols map[*image.Symbol]*image.Symbol
	// undefined and maps hold the output's undefined symbols and those of the
	// map descriptors by name.
	undefined map[string]*image.Symbol
	maps      map[string]*image.Symbol

	text  *image.Section
	this  *image.Symbol
	ext   *image.Symbol
	progs []*image.Symbol // one for each ProgDesc

	// What the descriptors refer to and later steps fill.
	initTramp *image.Symbol
	kfuncSet  *image.Symbol

	kfuncs   []string
	kfuncIDs []uint32
}

func newModule(name string, obj *image.Object, rex *rexKO) *module {
	return &module{
		name: name, meta: &obj.Meta, in: obj, rex: rex,
		symbols:   map[*image.Symbol]*image.Symbol{},
		undefined: map[string]*image.Symbol{},
		maps:      map[string]*image.Symbol{},
	}
}

// objectSections are the allocated sections that an object may have. The list
// is closed because the kernel gives many section names a meaning, such as
// __ex_table, .altinstructions or .data..percpu.
var objectSections = []struct {
	name  string
	flags elf.SectionFlag
}{
	{image.TextSection, elf.SHF_ALLOC | elf.SHF_EXECINSTR},
	{image.RodataSection, elf.SHF_ALLOC},
	{image.DataSection, elf.SHF_ALLOC | elf.SHF_WRITE},
	{image.RoAfterInitSection, elf.SHF_ALLOC | elf.SHF_WRITE},
	{image.BSSSection, elf.SHF_ALLOC | elf.SHF_WRITE},
}

// addObject takes over the object's sections and symbols; resolve takes care
// of its relocations. Debug sections stay behind: the host has the object.
func (m *module) addObject() error {
	bySection := map[*image.Section]*image.Section{}
	for _, s := range m.in.Sections {
		if s.Flags&elf.SHF_ALLOC != 0 && !slices.ContainsFunc(objectSections, func(k struct {
			name  string
			flags elf.SectionFlag
		}) bool {
			return k.name == s.Name
		}) {
			return fmt.Errorf("%w: section %s", ErrObject, s.Name)
		}
	}
	for _, known := range objectSections {
		s := m.in.Section(known.name)
		if s == nil {
			continue
		}
		const mattering = elf.SHF_ALLOC | elf.SHF_WRITE | elf.SHF_EXECINSTR | elf.SHF_TLS | elf.SHF_COMPRESSED
		bss := known.name == image.BSSSection
		if s.Flags&mattering != known.flags || bss != (s.Type == elf.SHT_NOBITS) || !bss && s.Type != elf.SHT_PROGBITS {
			return fmt.Errorf("%w: section %s has type %v and flags %v", ErrObject, s.Name, s.Type, s.Flags)
		}
		c := &image.Section{Name: s.Name, Type: s.Type, Flags: known.flags, Align: s.Align, Size: s.Size, Data: slices.Clone(s.Data)}
		bySection[s] = c
		m.out.Sections = append(m.out.Sections, c)
	}
	m.text = m.out.Section(image.TextSection)
	if m.text == nil {
		return fmt.Errorf("%w: no section %s", ErrObject, image.TextSection)
	}
	for _, s := range m.in.Symbols {
		if err := m.addSymbol(s, bySection[s.Section]); err != nil {
			return err
		}
	}
	return nil
}

// addSymbol takes over a symbol of a section that is kept. It becomes local:
// nothing outside may refer to it, but kallsyms, perf and reports show it.
func (m *module) addSymbol(s *image.Symbol, sec *image.Section) error {
	switch {
	case s.Abs:
		return fmt.Errorf("%w: absolute symbol %q", ErrObject, s.Name)
	case sec == nil:
		return nil
	case reserved(s.Name):
		return fmt.Errorf("%w: it defines %s, a name of the linker's", ErrObject, s.Name)
	}
	switch s.Type {
	case elf.STT_FUNC, elf.STT_OBJECT, elf.STT_NOTYPE, elf.STT_SECTION:
	default:
		return fmt.Errorf("%w: symbol %q of type %v", ErrObject, s.Name, s.Type)
	}
	c := &image.Symbol{Name: s.Name, Section: sec, Value: s.Value, Size: s.Size, Bind: elf.STB_LOCAL, Type: s.Type}
	m.symbols[s] = c
	m.out.Symbols = append(m.out.Symbols, c)
	return nil
}

// reserved reports whether only the linker may define a symbol: kfuncs are
// found by name among all kernel modules' symbols, so that an object must not
// pass its own function off as another extension's trampoline.
func reserved(name string) bool {
	return name == initSymbol || name == cleanupSymbol || name == thisSymbol ||
		strings.HasPrefix(name, "rex_") || strings.HasPrefix(name, abi.MapPrefix)
}

// section adds a section of the linker's own.
func (m *module) section(name string, flags elf.SectionFlag, align uint64, data []byte) *image.Section {
	s := &image.Section{Name: name, Type: elf.SHT_PROGBITS, Flags: flags, Align: align, Size: uint64(len(data)), Data: data}
	m.out.Sections = append(m.out.Sections, s)
	return s
}

// symbol adds a symbol of the linker's own.
func (m *module) symbol(name string, bind elf.SymBind, typ elf.SymType, s *image.Section, value, size uint64) *image.Symbol {
	sym := &image.Symbol{Name: name, Section: s, Value: value, Size: size, Bind: bind, Type: typ}
	m.out.Symbols = append(m.out.Symbols, sym)
	return sym
}

// extern returns the symbol of something that the kernel or rex.ko defines.
func (m *module) extern(name string) *image.Symbol {
	sym := m.undefined[name]
	if sym == nil {
		sym = m.symbol(name, elf.STB_GLOBAL, elf.STT_NOTYPE, nil, 0, 0)
		m.undefined[name] = sym
	}
	return sym
}

// object returns the output's symbol for a function of the object.
func (m *module) object(name string) (*image.Symbol, error) {
	sym := m.symbols[m.in.Symbol(name)]
	if sym == nil || sym.Section != m.text {
		return nil, fmt.Errorf("%w: %s is not in its %s", ErrObject, name, image.TextSection)
	}
	return sym, nil
}

// address makes 8 bytes at off hold sym's address plus addend.
func address(s *image.Section, off uint64, sym *image.Symbol, addend int64) {
	s.Relocs = append(s.Relocs, image.Reloc{Off: off, Type: elf.R_X86_64_64, Sym: sym, Addend: addend})
}
