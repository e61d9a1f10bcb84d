// SPDX-License-Identifier: Apache-2.0

package link

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/audit"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/kernel"
)

func linkDemo(t *testing.T) (*Output, *linked) {
	t.Helper()
	out, err := Link(demoInput(t))
	if err != nil {
		t.Fatal(err)
	}
	return out, parseLinked(t, out.Module)
}

func TestDeterminism(t *testing.T) {
	a, _ := linkDemo(t)
	b, _ := linkDemo(t)
	if !bytes.Equal(a.Module, b.Module) {
		t.Error("two runs gave different bytes")
	}
	// The same input once more: Link must not have changed it.
	in := demoInput(t)
	for range 2 {
		c, err := Link(in)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Module, c.Module) {
			t.Error("linking the same object again gave different bytes")
		}
	}
}

// TestForm checks what kernel/module/main.c checks before anything else.
func TestForm(t *testing.T) {
	_, l := linkDemo(t)
	if l.Type != elf.ET_REL || l.Machine != elf.EM_X86_64 {
		t.Errorf("type %v, machine %v", l.Type, l.Machine)
	}
	if s := l.Sections[0]; s.Type != elf.SHT_NULL || s.Size != 0 {
		t.Errorf("section 0 is %v", s.SectionHeader)
	}
	if l.Sections[1].Name != ".kprobes.text" {
		t.Errorf("first section is %s", l.Sections[1].Name)
	}
	seen := map[string]bool{}
	for _, s := range l.Sections[1:] {
		// Section names become files in sysfs.
		if seen[s.Name] {
			t.Errorf("two sections named %s", s.Name)
		}
		seen[s.Name] = true
		if s.Flags&elf.SHF_WRITE != 0 && s.Flags&elf.SHF_EXECINSTR != 0 {
			t.Errorf("%s is writable and executable", s.Name)
		}
	}
	// apply_relocate_add refuses places that are not zero.
	for name, rs := range l.relocs {
		d := l.data(name)
		for _, r := range rs {
			n, ok := image.RelocSize(r.typ)
			if !ok || !bytes.Equal(d[r.off:][:n], make([]byte, n)) {
				t.Errorf("%s+%#x (%v): not zero", name, r.off, r.typ)
			}
		}
	}
	for _, s := range l.syms {
		if s.Section == elf.SHN_UNDEF && (strings.HasPrefix(s.Name, "rex.") || elf.ST_BIND(s.Info) != elf.STB_GLOBAL) {
			t.Errorf("undefined symbol %q is left", s.Name)
		}
	}
}

func TestText(t *testing.T) {
	_, l := linkDemo(t)
	want := slices.Clone(demo().text.Data)
	// The resolved struct offsets are the only change.
	for _, r := range demo().text.Relocs {
		switch r.Sym.Name {
		case "rex.off.outer.in.y":
			binary.LittleEndian.PutUint32(want[r.Off:], 20)
		case "rex.off.outer.hi":
			binary.LittleEndian.PutUint32(want[r.Off:], 12+4)
		}
	}
	if got := l.data(".kprobes.text"); !bytes.Equal(got, want) {
		t.Errorf(".text changed:\n% x\n% x", got, want)
	}
	if s := l.symbol("demo.Filter"); elf.ST_TYPE(s.Info) != elf.STT_FUNC || elf.ST_BIND(s.Info) != elf.STB_LOCAL {
		t.Errorf("demo.Filter: info %#x", s.Info)
	}
	if !bytes.Equal(l.data(".data"), bytes.Repeat([]byte{7}, 24)) || l.Section(".bss").Size != 4096 {
		t.Error(".data or .bss changed")
	}
}

// TestUsesArena: the arena is set up unless the code shows that it is not used.
func TestUsesArena(t *testing.T) {
	for _, c := range []struct {
		name   string
		code   []byte
		addend int64
		want   bool
	}{
		{"poll", []byte{0x65, 0x80, 0x3d}, -5, false},                // cmpb $0,%gs:rex_cpu(%rip)
		{"stack limit", []byte{0x65, 0x48, 0x8b, 0x05}, 4, false},    // mov %gs:rex_cpu+8(%rip),%rax
		{"stack limit", []byte{0x65, 0x4c, 0x2b, 0x1d}, 4, false},    // sub %gs:rex_cpu+8(%rip),%r11
		{"arena next", []byte{0x65, 0x48, 0x8b, 0x05}, 12, true},     // mov %gs:rex_cpu+16(%rip),%rax
		{"arena end", []byte{0x65, 0x48, 0x3b, 0x05}, 20, true},      // cmp %gs:rex_cpu+24(%rip),%rax
		{"address", []byte{0x48, 0x8d, 0x05}, -4, true},              // lea rex_cpu(%rip),%rax
		{"byte of the arena", []byte{0x65, 0x80, 0x3d}, 11, true},    // cmpb $0,%gs:rex_cpu+16(%rip)
		{"absolute", []byte{0x65, 0x48, 0x8b, 0x04, 0x25}, 16, true}, // mov %gs:rex_cpu+16,%rax
	} {
		a := newObject()
		a.bytes(c.code...)
		typ := elf.R_X86_64_PC32
		if c.name == "absolute" {
			typ = elf.R_X86_64_32S
		}
		a.rel(typ, abi.CPUSymbol, c.addend)
		if got := usesArena(a.text); got != c.want {
			t.Errorf("%s: % x: %v, want %v", c.name, c.code, got, c.want)
		}
		// In the middle of linking, when the output's text has no relocations.
		m := newModule("demo", a.obj, nil)
		if err := m.addObject(); err != nil {
			t.Fatal(err)
		}
		want := "rex_enter_plain"
		if c.want {
			want = "rex_enter"
		}
		if got := m.entry(abi.ProgramXDP); got != want {
			t.Errorf("%s: entry %s, want %s", c.name, got, want)
		}
	}
}

func TestTrampolines(t *testing.T) {
	out, l := linkDemo(t)
	if want := []string{"rex_p8_rex_demo_Filter", "rex_p8_rex_demo_Tr_xc3_xa4ce"}; !slices.Equal(out.Kfuncs, want) {
		t.Fatalf("kfuncs %q, want %q", out.Kfuncs, want)
	}
	text := l.data(".text.rex")
	size := uint64(binary.Size(abi.ProgDesc{}))
	for i, c := range []struct{ tramp, enter, program string }{
		{out.Kfuncs[0], "rex_enter_plain", "demo.Filter"}, {out.Kfuncs[1], "rex_enter_irq", "demo.Trace"}, {"rex_init", "rex_enter_plain", "demo.init"},
	} {
		s := l.symbol(c.tramp)
		if s.Value%16 != 0 || l.Sections[s.Section].Name != ".text.rex" {
			t.Errorf("%s is at %s+%#x", c.tramp, l.Sections[s.Section].Name, s.Value)
		}
		// endbr64; lea 0(%rip),%rsi; call; call; jmp
		want := []byte{0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x8d, 0x35, 0, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0xe9, 0, 0, 0, 0}
		if got := text[s.Value:][:s.Size]; !bytes.Equal(got, want) {
			t.Errorf("%s: % x", c.tramp, got)
		}
		for _, w := range []struct {
			off    uint64
			name   string
			target uint64
		}{
			{7, ".data.rex", uint64(i)*size - 4}, {12, c.enter, 0}, {22, "rex_leave", 0},
			{17, ".kprobes.text", l.symbol(c.program).Value - 4},
		} {
			if name, off := l.target(l.at(".text.rex", s.Value+w.off)); name != w.name || off != w.target {
				t.Errorf("%s+%d refers to %s+%#x, want %s+%#x", c.tramp, w.off, name, off, w.name, w.target)
			}
		}
	}
	ext := l.symbol("rex.ext")
	for fn, callee := range map[string]string{"init_module": "rex_ext_register", "cleanup_module": "rex_ext_unregister"} {
		s := l.symbol(fn)
		want := []byte{0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x8d, 0x3d, 0, 0, 0, 0, 0xe9, 0, 0, 0, 0}
		if got := text[s.Value:][:s.Size]; !bytes.Equal(got, want) || elf.ST_BIND(s.Info) != elf.STB_GLOBAL {
			t.Errorf("%s: % x", fn, got)
		}
		if r := l.at(".text.rex", s.Value+7); r.sym.Value != ext.Value || r.sym.Section != ext.Section || r.addend != -4 {
			t.Errorf("%s hands over %v", fn, r)
		}
		if r := l.at(".text.rex", s.Value+12); r.sym.Name != callee || r.addend != -4 {
			t.Errorf("%s jumps to %v", fn, r)
		}
	}
}

func decode[T any](t *testing.T, b []byte) (v T) {
	t.Helper()
	if _, err := binary.Decode(b, binary.LittleEndian, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func name[T ~[]byte](b T) string { s, _, _ := bytes.Cut(b, []byte{0}); return string(s) }

func TestDescriptors(t *testing.T) {
	_, l := linkDemo(t)
	ro := l.data(".data..ro_after_init")
	extSym, mapSym := l.symbol("rex.ext"), l.symbol("rex.map.hits")

	m := decode[abi.MapDesc](t, ro[mapSym.Value:])
	if m.FD != 42 || m.Type != 2 || m.KeySize != 4 || m.ValueSize != 8 || m.MaxEntries != 3 || m.Flags != 0x400 || name(m.Name[:]) != "hits" || m.Map != 0 || m.Lock != 0 {
		t.Errorf("map descriptor %+v", m)
	}
	if r := l.at(".kprobes.text", demo().text.Relocs[0].Off); r.sym.Name != "rex.map.hits" || r.typ != elf.R_X86_64_32S {
		t.Errorf("the map is referred to by %v", r)
	}

	e := decode[abi.ExtDesc](t, ro[extSym.Value:])
	if e.ABIVersion != abi.Version || e.ABIHash != abi.Hash() || e.NumMaps != 1 || e.NumProgs != 3 || name(e.Name[:]) != "rex_demo" {
		t.Errorf("extension descriptor %+v", e)
	}
	textSize := l.Section(".kprobes.text").Size
	for field, want := range map[string]struct {
		section string
		off     uint64
	}{
		"This": {".gnu.linkonce.this_module", 0}, "TextStart": {".kprobes.text", 0}, "TextEnd": {".kprobes.text", textSize},
		"Maps": {".data..ro_after_init", mapSym.Value}, "Progs": {".data.rex", 0},
		"Init": {".text.rex", l.symbol("rex_init").Value}, "Kfuncs": {".data.rex", l.symbol("rex.kfuncs").Value},
	} {
		r := l.at(".data..ro_after_init", extSym.Value+offset(abi.ExtDesc{}, field))
		if sec, off := l.target(r); sec != want.section || off != want.off || r.typ != elf.R_X86_64_64 {
			t.Errorf("ExtDesc.%s refers to %s+%#x, want %s+%#x", field, sec, off, want.section, want.off)
		}
	}

	size := uint64(binary.Size(abi.ProgDesc{}))
	for i, p := range demo().obj.Meta.Programs {
		d := decode[abi.ProgDesc](t, l.data(".data.rex")[uint64(i)*size:])
		if d.Stopped != 0 || d.DefaultVerdict != p.DefaultVerdict || d.Type != uint32(p.Type) || d.Index != uint32(i) || d.BudgetNanos != p.BudgetNanos ||
			d.ArenaBytes != p.ArenaBytes || d.OnPanic != uint32(p.OnPanic) || d.StackBytes != p.StackBytes || name(d.Name[:]) != p.Name {
			t.Errorf("program descriptor %+v of %+v", d, p)
		}
		if sec, off := l.target(l.at(".data.rex", uint64(i)*size+offset(d, "Entry"))); sec != ".kprobes.text" || off != l.symbol(p.Symbol).Value {
			t.Errorf("entry of %s is %s+%#x", p.Name, sec, off)
		}
	}
	d := decode[abi.ProgDesc](t, l.data(".data.rex")[2*size:])
	if d.Type != uint32(abi.ProgramInit) || d.Index != 2 || d.StackBytes != 96 || d.BudgetNanos == 0 || d.ArenaBytes == 0 || d.OnPanic != uint32(abi.PolicyStop) {
		t.Errorf("initialiser's descriptor %+v", d)
	}
}

// TestNeeds: only an object that copies stacks asks for the kernel's buffers.
func TestNeeds(t *testing.T) {
	for sym, want := range map[string]abi.Needs{"rex_stack_copy": abi.NeedCallchains, "rex_stack_id": 0} {
		in := demoInput(t)
		for _, s := range in.Object.Symbols {
			if s.Name == "rex_map_lookup" {
				s.Name = sym
			}
		}
		out, err := Link(in)
		if err != nil {
			t.Fatal(err)
		}
		l := parseLinked(t, out.Module)
		e := decode[abi.ExtDesc](t, l.data(".data..ro_after_init")[l.symbol("rex.ext").Value:])
		if e.Needs != uint32(want) {
			t.Errorf("with %s: needs %#x, want %#x", sym, e.Needs, want)
		}
	}
}

// TestRoAfterInit: what the object has in this section stays where it was.
func TestRoAfterInit(t *testing.T) {
	in := demoInput(t)
	a := demo()
	s := a.section(".data..ro_after_init", elf.SHF_WRITE, make([]byte, 24), "demo.table")
	s.Relocs = []image.Reloc{{Off: 8, Type: elf.R_X86_64_64, Sym: a.sym("demo.key")}}
	in.Object = a.obj
	out, err := Link(in)
	if err != nil {
		t.Fatal(err)
	}
	l := parseLinked(t, out.Module)
	if v := l.symbol("demo.table").Value; v != 0 {
		t.Errorf("the object's variable moved to %#x", v)
	}
	if r := l.at(".data..ro_after_init", 8); r.sym.Name != "demo.key" {
		t.Errorf("relocation refers to %v", r.sym)
	}
	if v := l.symbol("rex.map.hits").Value; v != 64 {
		t.Errorf("map descriptor at %d, want 64", v)
	}
}

func TestSites(t *testing.T) {
	_, l := linkDemo(t)
	text := l.data(".kprobes.text")
	var returns, indirect []int64
	for _, r := range demo().text.Relocs {
		switch r.Sym.Name {
		case "__x86_return_thunk":
			returns = append(returns, int64(r.Off)-1)
		case "__x86_indirect_thunk_r11":
			indirect = append(indirect, int64(r.Off)-1)
		}
	}
	for _, c := range []struct {
		section string
		want    []int64
		op      byte
	}{{".return_sites", returns, 0xe9}, {".retpoline_sites", indirect, 0xe8}} {
		if n := l.Section(c.section).Size; n != uint64(4*len(c.want)) || n == 0 {
			t.Errorf("%s has %d bytes, want %d", c.section, n, 4*len(c.want))
		}
		for i, want := range c.want {
			r := l.at(c.section, uint64(4*i))
			if r.typ != elf.R_X86_64_PC32 || l.Sections[r.sym.Section].Name != ".kprobes.text" || r.sym.Value != 0 || r.addend != want || text[want] != c.op {
				t.Errorf("%s entry %d is %+v, want an instruction %#x at %#x", c.section, i, r, c.op, want)
			}
		}
	}
}

func TestModinfoAndVersions(t *testing.T) {
	_, l := linkDemo(t)
	got := strings.Split(strings.TrimSuffix(string(l.data(".modinfo")), "\x00"), "\x00")
	for _, want := range []string{"license=GPL", "depends=rex", "retpoline=Y", "name=rex_demo", "vermagic=" + testVermagic, "rex_abi=" + abiString(abi.Version, abi.Hash())} {
		if !slices.Contains(got, want) {
			t.Errorf("modinfo %q lacks %q", got, want)
		}
	}
	crcs := map[string]uint64{}
	for v := l.data("__versions"); len(v) > 0; v = v[64:] {
		n := name(v[8:64])
		if _, dup := crcs[n]; dup {
			t.Errorf("%s has two versions", n)
		}
		crcs[n] = binary.LittleEndian.Uint64(v)
	}
	undefined := []string{"module_layout"}
	for _, s := range l.syms {
		if s.Section == elf.SHN_UNDEF {
			undefined = append(undefined, s.Name)
		}
	}
	if len(undefined) != len(crcs) {
		t.Errorf("%d versions for %q", len(crcs), undefined)
	}
	for _, n := range undefined {
		if crc, ok := crcs[n]; !ok || crc != uint64(crcOf(n)) {
			t.Errorf("%s has version %#x, %v, want %#x", n, crc, ok, crcOf(n))
		}
	}
}

// TestNoModversions: a kernel that does not version symbols wants none.
func TestNoModversions(t *testing.T) {
	in := demoInput(t)
	k := goodRexKO()
	k.noVersions, k.vermagic = true, testRelease+" SMP mod_unload "
	in.RexKO = k.bytes(t)
	out, err := Link(in)
	if err != nil {
		t.Fatal(err)
	}
	if l := parseLinked(t, out.Module); l.Section("__versions") != nil {
		t.Error("__versions is there")
	}
}

func TestThisModule(t *testing.T) {
	_, l := linkDemo(t)
	s := l.Section(".gnu.linkonce.this_module")
	d := l.data(s.Name)
	if len(d) != thisSize || name(d[nameOff:]) != "rex_demo" || s.Flags != elf.SHF_ALLOC|elf.SHF_WRITE || s.Addralign != 64 {
		t.Errorf("struct module: %d bytes, name %q, flags %v, alignment %d", len(d), name(d[nameOff:]), s.Flags, s.Addralign)
	}
	if bytes.Count(d, []byte{0}) != thisSize-len("rex_demo") {
		t.Error("struct module holds more than the name")
	}
	if n := len(l.relocs[s.Name]); n != 2 || l.at(s.Name, initOff).sym.Name != "init_module" || l.at(s.Name, cleanupOff).sym.Name != "cleanup_module" {
		t.Errorf("struct module has %v", l.relocs[s.Name])
	}
}

func TestErrors(t *testing.T) {
	object := func(f func(a *asm)) func(*testing.T, *Input) {
		return func(_ *testing.T, in *Input) { a := demo(); f(a); in.Object = a.obj }
	}
	rexko := func(f func(k *rexKOFixture)) func(*testing.T, *Input) {
		return func(t *testing.T, in *Input) { k := goodRexKO(); f(k); in.RexKO = k.bytes(t) }
	}
	without := func(list []string, name string) []string {
		return slices.DeleteFunc(list, func(s string) bool { return s == name })
	}
	for _, c := range []struct {
		what   string
		change func(*testing.T, *Input)
		want   error
		text   string
	}{
		{"no object", func(_ *testing.T, in *Input) { in.Object = nil }, ErrInput, "no object"},
		{"no BTF", func(_ *testing.T, in *Input) { in.BTF = nil }, ErrInput, "no BTF"},
		{"too few maps", func(_ *testing.T, in *Input) { in.MapFDs = nil }, ErrInput, "0 file descriptors for 1 maps"},
		{"bad descriptor", func(_ *testing.T, in *Input) { in.MapFDs = []int{-1} }, ErrInput, "map hits has file descriptor -1"},
		{"bad name", func(_ *testing.T, in *Input) { in.ModuleName = "Demo" }, ErrInput, `kernel module name "Demo"`},
		{"rex's own name", func(_ *testing.T, in *Input) { in.ModuleName = "rex" }, ErrInput, `"rex"`},
		{"long name", func(_ *testing.T, in *Input) { in.ModuleName = strings.Repeat("a", 56) }, ErrInput, "1 to 55"},

		{"empty rex.ko", func(_ *testing.T, in *Input) { in.RexKO = nil }, ErrRexKO, "file is empty"},
		{"rex.ko not ELF", func(_ *testing.T, in *Input) { in.RexKO = []byte("hello, world") }, ErrRexKO, "not an ELF file"},
		{"truncated rex.ko", func(_ *testing.T, in *Input) { in.RexKO = in.RexKO[:len(in.RexKO)/2] }, ErrRexKO, "truncated"},
		{"no modinfo", rexko(func(k *rexKOFixture) { k.noModinfo = true }), ErrRexKO, "no section .modinfo"},
		{"no vermagic", rexko(func(k *rexKOFixture) { k.vermagic = "" }), ErrRexKO, "no vermagic"},
		{"another kernel module", rexko(func(k *rexKOFixture) { k.abi = "" }), ErrRexKO, "is this rex.ko?"},
		{"no this_module", rexko(func(k *rexKOFixture) { k.noThis = true }), ErrRexKO, "no section .gnu.linkonce.this_module"},
		{"name not found", rexko(func(k *rexKOFixture) { k.name = "other" }), ErrRexKO, `does not hold the name "other"`},
		{"no versions", rexko(func(k *rexKOFixture) { k.noVersions = true }), ErrRexKO, "no section __versions"},
		{"export missing", rexko(func(k *rexKOFixture) { k.exports = without(k.exports, "rex_polled_map_lookup") }), ErrRexKO, "does not export rex_polled_map_lookup"},
		{"thunk without version", rexko(func(k *rexKOFixture) { k.imports = without(k.imports, "__x86_indirect_thunk_r11") }), ErrVersion, "__x86_indirect_thunk_r11"},
		{"no module_layout", rexko(func(k *rexKOFixture) { k.imports = without(k.imports, "module_layout") }), ErrVersion, "module_layout"},

		{"rex.ko's ABI", rexko(func(k *rexKOFixture) { k.abi = "7:0123456789abcdef" }), ErrABI,
			"rex.ko has 7:0123456789abcdef, this rex has " + abiString(abi.Version, abi.Hash()) + " (build it again with rex module build)"},
		{"object's ABI", object(func(a *asm) { a.obj.Meta.ABIHash = 1 }), ErrABI, "object has 1:0000000000000001, this rex has "},
		{"another kernel", func(_ *testing.T, in *Input) { in.Release = "6.12.1-other" }, ErrKernel,
			"rex.ko was built for 6.99.0-test, this kernel is 6.12.1-other (rex module build makes one for this kernel)"},

		{"compiled for a process", object(func(a *asm) { a.obj.Meta.Process = true }), ErrObject, "compiled to run in a process"},
		{"no program", object(func(a *asm) { a.obj.Meta.Programs = nil }), ErrInput, "no program"},
		{"program of no known type", object(func(a *asm) { a.obj.Meta.Programs[0].Type = 99 }), ErrObject, "unknown type 99"},
		{"program missing", object(func(a *asm) { a.obj.Meta.Programs[0].Symbol = "demo.None" }), image.ErrMeta, "demo.None"},
		{"outside the ABI", object(func(a *asm) {
			end := a.fn("demo.bad")
			a.enter()
			a.bytes(0xe8)
			a.rel(elf.R_X86_64_PLT32, "printk", -4)
			a.leave()
			end()
		}), image.ErrUndefined, "printk"},
		{"glue called by compiled code", object(func(a *asm) {
			end := a.fn("demo.bad")
			a.enter()
			a.bytes(0xe8)
			a.rel(elf.R_X86_64_PLT32, "rex_leave", -4)
			a.leave()
			end()
		}), image.ErrUndefined, "rex_leave"},
		{"forbidden instruction", object(func(a *asm) { end := a.fn("demo.bad"); a.bytes(0xf4); a.ret(); end() }), audit.ErrForbidden, "hlt"},
		{"unknown map", object(func(a *asm) { a.obj.Meta.Maps[0].Name = "other" }), ErrObject, "rex.map.hits, which is not among its maps (at demo.Filter+0x"},
		{"no such struct", object(func(a *asm) { a.sym("rex.off.outer.hi").Name = "rex.off.nothing.hi" }), kernel.ErrNoType, "struct nothing.hi"},
		{"no such member", object(func(a *asm) { a.sym("rex.off.outer.hi").Name = "rex.off.outer.high" }), kernel.ErrNoField, "struct outer.high"},
		{"section with a meaning", object(func(a *asm) { a.section("__ex_table", 0, make([]byte, 12), "demo.table") }), ErrObject, "section __ex_table"},
		{"per-CPU section", object(func(a *asm) { a.section(".data..percpu", elf.SHF_WRITE, make([]byte, 12), "demo.table") }), ErrObject, "section .data..percpu"},
		{"our section", object(func(a *asm) { a.section(".data.rex", elf.SHF_WRITE, make([]byte, 12), "demo.table") }), ErrObject, "section .data.rex"},
		{"writable rodata", object(func(a *asm) { a.obj.Section(".rodata").Flags |= elf.SHF_WRITE }), ErrObject, "section .rodata"},
		{"entry point", object(func(a *asm) { a.section(".data..ro_after_init", elf.SHF_WRITE, make([]byte, 8), "init_module") }), ErrObject, "it defines init_module"},
		{"another's trampoline", object(func(a *asm) {
			a.section(".data..ro_after_init", elf.SHF_WRITE, make([]byte, 8), "rex_p5_other_Filter")
		}), ErrObject, "it defines rex_p5_other_Filter"},
		{"absolute symbol", object(func(a *asm) {
			a.obj.Symbols = append(a.obj.Symbols, &image.Symbol{Name: "demo.abs", Abs: true, Bind: elf.STB_GLOBAL})
		}), ErrObject, `absolute symbol "demo.abs"`},
		{"indirect function", object(func(a *asm) { a.sym("demo.key").Type = elf.STT_GNU_IFUNC }), ErrObject, `symbol "demo.key" of type`},
		{"place not zero", object(func(a *asm) {
			s := a.obj.Section(".data")
			s.Relocs = []image.Reloc{{Off: 8, Type: elf.R_X86_64_64, Sym: a.sym("demo.key")}}
		}), ErrObject, "not zero (at demo.global+0x8)"},
		{"zero byte in modinfo", object(func(a *asm) { a.obj.Meta.Package = "a\x00license=Proprietary" }), ErrObject, "zero byte"},
	} {
		in := demoInput(t)
		c.change(t, &in)
		_, err := Link(in)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: got %v, want %v with %q", c.what, err, c.want, c.text)
		}
	}
}
