// SPDX-License-Identifier: Apache-2.0

package link

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/kernel"
)

const (
	testRelease  = "6.99.0-test"
	testVermagic = testRelease + " SMP preempt mod_unload modversions "
	thisSize     = 1024
	nameOff      = 24
	initOff      = 320
	cleanupOff   = 960
	layoutCRC    = 0x11223344
)

// asm assembles the test objects' .text.
type asm struct {
	obj  *image.Object
	text *image.Section
	syms map[string]*image.Symbol
}

// newObject returns an object with an empty .text for the extension "demo".
func newObject() *asm {
	text := &image.Section{Name: ".text", Type: elf.SHT_PROGBITS, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 16, Data: []byte{}}
	return &asm{
		obj: &image.Object{
			Meta:     image.Meta{ABIVersion: abi.Version, ABIHash: abi.Hash(), Name: "demo", Package: "example.com/demo"},
			Sections: []*image.Section{text},
		},
		text: text,
		syms: map[string]*image.Symbol{},
	}
}

func (a *asm) sym(name string) *image.Symbol {
	s := a.syms[name]
	if s == nil {
		s = &image.Symbol{Name: name, Bind: elf.STB_GLOBAL}
		a.syms[name] = s
		a.obj.Symbols = append(a.obj.Symbols, s)
	}
	return s
}

// fn starts a function; the returned function ends it.
func (a *asm) fn(name string) (end func()) {
	for len(a.text.Data)%16 != 0 {
		a.text.Data = append(a.text.Data, 0xcc)
	}
	s := a.sym(name)
	s.Section, s.Type, s.Value = a.text, elf.STT_FUNC, uint64(len(a.text.Data))
	a.bytes(0xf3, 0x0f, 0x1e, 0xfa)
	return func() {
		s.Size = uint64(len(a.text.Data)) - s.Value
		a.text.Size = uint64(len(a.text.Data))
		a.obj.Meta.Functions = append(a.obj.Meta.Functions, image.Function{Symbol: name, Frame: 16})
	}
}

func (a *asm) bytes(b ...byte) { a.text.Data = append(a.text.Data, b...) }

// rel emits four zero bytes with a relocation.
func (a *asm) rel(typ elf.R_X86_64, sym string, addend int64) {
	a.text.Relocs = append(a.text.Relocs, image.Reloc{Off: uint64(len(a.text.Data)), Type: typ, Sym: a.sym(sym), Addend: addend})
	a.bytes(0, 0, 0, 0)
}

func (a *asm) ret() {
	a.bytes(0xe9) // jmp
	a.rel(elf.R_X86_64_PLT32, "__x86_return_thunk", -4)
}

func (a *asm) enter() { a.bytes(0x55, 0x48, 0x89, 0xe5) } // push %rbp; mov %rsp,%rbp
func (a *asm) leave() { a.bytes(0x5d); a.ret() }          // pop %rbp; ret

// section adds a data section with a symbol over all of it.
func (a *asm) section(name string, flags elf.SectionFlag, data []byte, sym string) *image.Section {
	s := &image.Section{Name: name, Type: elf.SHT_PROGBITS, Flags: elf.SHF_ALLOC | flags, Align: 8, Data: data, Size: uint64(len(data))}
	a.obj.Sections = append(a.obj.Sections, s)
	d := a.sym(sym)
	d.Section, d.Type, d.Size = s, elf.STT_OBJECT, s.Size
	return s
}

// demo is an object that uses every feature of the linker: two programs, a
// map, an initialiser, struct offsets, rodata, data, bss, an indirect call.
func demo() *asm {
	a := newObject()
	end := a.fn("demo.Filter")
	a.enter()
	a.bytes(0x48, 0xc7, 0xc7) // mov $map,%rdi
	a.rel(elf.R_X86_64_32S, "rex.map.hits", 0)
	a.bytes(0x48, 0xc7, 0xc6) // mov $key,%rsi
	a.rel(elf.R_X86_64_32S, "demo.key", 0)
	a.bytes(0xe8)
	a.rel(elf.R_X86_64_PLT32, "rex_map_lookup", -4)
	a.bytes(0xb8, 2, 0, 0, 0) // mov $2,%eax
	a.leave()
	end()

	end = a.fn("demo.Trace")
	a.enter()
	a.bytes(0x48, 0xc7, 0xc0) // mov $offset,%rax
	a.rel(elf.R_X86_64_32S, "rex.off.outer.in.y", 0)
	a.bytes(0x48, 0x05) // add $offset+4,%rax
	a.rel(elf.R_X86_64_32S, "rex.off.outer.hi", 4)
	a.bytes(0x49, 0xc7, 0xc3) // mov $Filter,%r11
	a.rel(elf.R_X86_64_32S, "demo.Filter", 0)
	a.bytes(0xe8)
	a.rel(elf.R_X86_64_PLT32, "__x86_indirect_thunk_r11", -4)
	a.leave()
	end()

	end = a.fn("demo.init")
	a.bytes(0x31, 0xc0) // xor %eax,%eax
	a.ret()
	end()

	a.section(".rodata", 0, []byte{1, 0, 0, 0, 0, 0, 0, 0}, "demo.key")
	a.section(".data", elf.SHF_WRITE, bytes.Repeat([]byte{7}, 24), "demo.global")
	bss := a.section(".bss", elf.SHF_WRITE, nil, "demo.zero")
	bss.Type, bss.Size = elf.SHT_NOBITS, 4096

	m := &a.obj.Meta
	m.Programs = []image.Program{
		{Name: "Filter", Type: abi.ProgramXDP, Symbol: "demo.Filter", BudgetNanos: 5e6, ArenaBytes: 4096, OnPanic: abi.PolicyContinue, DefaultVerdict: 2, StackBytes: 128},
		{Name: "Träce", Type: abi.ProgramKprobe, Symbol: "demo.Trace", BudgetNanos: 7e6, ArenaBytes: 65536, OnPanic: abi.PolicyStop},
	}
	m.Maps = []image.Map{{Name: "hits", Kind: "Array", Type: 2, KeySize: 4, ValueSize: 8, MaxEntries: 3, Flags: 0x400}}
	m.Init = "demo.init"
	m.InitStack = 96
	return a
}

// rexKOFixture describes a synthetic rex.ko.
type rexKOFixture struct {
	vermagic, abi, name string
	exports, imports    []string
	noVersions, noThis  bool
	noModinfo           bool
}

func goodRexKO() *rexKOFixture {
	k := &rexKOFixture{vermagic: testVermagic, abi: abiString(abi.Version, abi.Hash()), name: "rex", imports: []string{"module_layout"}}
	k.imports = append(k.imports, abi.Thunks...)
	k.exports = append(k.exports, abi.CPUSymbol)
	for _, list := range [][]abi.Func{abi.Funcs, abi.Glue} {
		for _, f := range list {
			if f.Kernel {
				k.imports = append(k.imports, f.Symbol)
			} else {
				k.exports = append(k.exports, f.Symbol)
			}
			if f.Entry() != f.Symbol {
				k.exports = append(k.exports, f.Entry())
			}
		}
	}
	return k
}

// crcOf is the synthetic rex.ko's CRC of a symbol.
func crcOf(name string) uint32 {
	if name == "module_layout" {
		return layoutCRC
	}
	h := uint32(len(name))
	for _, c := range []byte(name) {
		h = h*31 + uint32(c)
	}
	return h
}

func (k *rexKOFixture) bytes(t testing.TB) []byte {
	t.Helper()
	var o image.Object
	add := func(name string, data []byte) *image.Section {
		s := &image.Section{Name: name, Type: elf.SHT_PROGBITS, Flags: elf.SHF_ALLOC, Align: 64, Data: data, Size: uint64(len(data))}
		o.Sections = append(o.Sections, s)
		return s
	}
	sym := func(name string, s *image.Section, value uint64) *image.Symbol {
		sym := &image.Symbol{Name: name, Section: s, Value: value, Bind: elf.STB_GLOBAL}
		o.Symbols = append(o.Symbols, sym)
		return sym
	}
	text := add(".text", make([]byte, 32))
	start, stop := sym("init_module", text, 0), sym("cleanup_module", text, 16)
	if !k.noModinfo {
		add(".modinfo", []byte("license=GPL\x00rex_abi="+k.abi+"\x00name="+k.name+"\x00vermagic="+k.vermagic+"\x00"))
	}
	if !k.noThis {
		this := add(".gnu.linkonce.this_module", make([]byte, thisSize))
		copy(this.Data[nameOff:], "rex")
		this.Relocs = []image.Reloc{
			{Off: initOff, Type: elf.R_X86_64_64, Sym: start},
			{Off: cleanupOff, Type: elf.R_X86_64_64, Sym: stop},
		}
	}
	crcs, tab := add("__kcrctab_gpl", nil), add("__ksymtab_gpl", nil)
	for _, name := range k.exports {
		sym("__crc_"+name, crcs, crcs.Size)
		sym("__ksymtab_"+name, tab, tab.Size)
		crcs.Data = binary.LittleEndian.AppendUint32(crcs.Data, crcOf(name))
		tab.Data = append(tab.Data, make([]byte, 12)...)
		crcs.Size, tab.Size = uint64(len(crcs.Data)), uint64(len(tab.Data))
	}
	if !k.noVersions {
		var v []byte
		for _, name := range k.imports {
			e := make([]byte, 64)
			binary.LittleEndian.PutUint64(e, uint64(crcOf(name)))
			copy(e[8:], name)
			v = append(v, e...)
		}
		add("__versions", v)
	}
	b, err := o.ELF()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// testBTF is a small kernel's.
func testBTF(t testing.TB) *kernel.BTF {
	t.Helper()
	k, err := kernel.ParseBTF(rawBTF(t))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rawBTF(t testing.TB) []byte {
	t.Helper()
	u32 := &btf.Int{Name: "unsigned int", Size: 4}
	inner := &btf.Struct{Name: "inner", Size: 8, Members: []btf.Member{{Name: "x", Type: u32}, {Name: "y", Type: u32, Offset: 32}}}
	outer := &btf.Struct{Name: "outer", Size: 24, Members: []btf.Member{
		{Name: "first", Type: u32},
		{Type: &btf.Union{Size: 8, Members: []btf.Member{{Type: &btf.Struct{Size: 8, Members: []btf.Member{{Name: "lo", Type: u32}, {Name: "hi", Type: u32, Offset: 32}}}}}}, Offset: 64},
		{Name: "in", Type: inner, Offset: 128},
	}}
	b, err := btf.NewBuilder([]btf.Type{
		outer,
		&btf.Struct{Name: "xdp_md", Size: 4, Members: []btf.Member{{Name: "data", Type: u32}}},
		&btf.Struct{Name: "__sk_buff", Size: 4, Members: []btf.Member{{Name: "len", Type: u32}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := b.Marshal(nil, &btf.MarshalOptions{Order: binary.LittleEndian})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func demoInput(t testing.TB) Input {
	return Input{Object: demo().obj, RexKO: goodRexKO().bytes(t), BTF: testBTF(t), ModuleName: "rex_demo", MapFDs: []int{42}, Release: testRelease}
}

// linked is a linked module, parsed by debug/elf rather than by our own code,
// with every relocation looked up.
type linked struct {
	*elf.File
	t      *testing.T
	syms   []elf.Symbol
	relocs map[string][]rela
}

type rela struct {
	off    uint64
	typ    elf.R_X86_64
	sym    elf.Symbol
	addend int64
}

func parseLinked(t *testing.T, b []byte) *linked {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	l := &linked{File: f, t: t, relocs: map[string][]rela{}}
	if l.syms, err = f.Symbols(); err != nil {
		t.Fatal(err)
	}
	for _, s := range f.Sections {
		if s.Type != elf.SHT_RELA {
			continue
		}
		d := l.data(s.Name)
		target := f.Sections[s.Info].Name
		for ; len(d) >= 24; d = d[24:] {
			info := binary.LittleEndian.Uint64(d[8:])
			l.relocs[target] = append(l.relocs[target], rela{
				off: binary.LittleEndian.Uint64(d), typ: elf.R_X86_64(uint32(info)), sym: l.syms[info>>32-1],
				addend: int64(binary.LittleEndian.Uint64(d[16:])),
			})
		}
	}
	return l
}

func (l *linked) data(name string) []byte {
	l.t.Helper()
	s := l.Section(name)
	if s == nil {
		l.t.Fatalf("no section %s", name)
	}
	d, err := s.Data()
	if err != nil {
		l.t.Fatal(err)
	}
	return d
}

func (l *linked) symbol(name string) elf.Symbol {
	l.t.Helper()
	i := slices.IndexFunc(l.syms, func(s elf.Symbol) bool { return s.Name == name })
	if i < 0 {
		l.t.Fatalf("no symbol %s", name)
	}
	return l.syms[i]
}

// at returns the relocation at an offset.
func (l *linked) at(section string, off uint64) rela {
	l.t.Helper()
	for _, r := range l.relocs[section] {
		if r.off == off {
			return r
		}
	}
	l.t.Fatalf("no relocation at %s+%#x", section, off)
	return rela{}
}

// target follows a relocation to section name and offset.
func (l *linked) target(r rela) (string, uint64) {
	if r.sym.Section == elf.SHN_UNDEF {
		return r.sym.Name, 0
	}
	return l.Sections[r.sym.Section].Name, r.sym.Value + uint64(r.addend)
}
