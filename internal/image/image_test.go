// SPDX-License-Identifier: Apache-2.0

package image

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/abi"
)

// sample returns an object with one of everything.
func sample() *Object {
	text := &Section{Name: TextSection, Type: elf.SHT_PROGBITS, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 16, Size: 16, Data: bytes.Repeat([]byte{0x90}, 16)}
	ro := &Section{Name: RodataSection, Type: elf.SHT_PROGBITS, Flags: elf.SHF_ALLOC, Align: 8, Size: 8, Data: make([]byte, 8)}
	bss := &Section{Name: BSSSection, Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Size: 100}
	sec := &Symbol{Section: text, Bind: elf.STB_LOCAL, Type: elf.STT_SECTION}
	prog := &Symbol{Name: "p.Prog", Section: text, Size: 10, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC}
	helper := &Symbol{Name: "p.sum[int]", Section: text, Value: 10, Size: 6, Bind: elf.STB_LOCAL, Type: elf.STT_FUNC}
	table := &Symbol{Name: "p.table", Section: ro, Size: 8, Bind: elf.STB_LOCAL, Type: elf.STT_OBJECT}
	panics := &Symbol{Name: "rex_panic", Bind: elf.STB_GLOBAL}
	abs := &Symbol{Name: "p.abs", Abs: true, Value: 7, Bind: elf.STB_LOCAL}
	text.Relocs = []Reloc{{Off: 1, Type: elf.R_X86_64_PLT32, Sym: panics, Addend: -4}}
	ro.Relocs = []Reloc{{Off: 0, Type: elf.R_X86_64_64, Sym: sec, Addend: 10}}
	return &Object{
		Meta: Meta{
			ABIVersion: abi.Version, ABIHash: abi.Hash(), Name: "p", Package: "example.com/p",
			Programs: []Program{{Name: "Prog", Type: abi.ProgramXDP, Symbol: "p.Prog", StackBytes: 96, OnPanic: abi.PolicyStop}},
			Maps:     []Map{{Name: "hits", Kind: "Array", Type: 2, KeySize: 4, ValueSize: 8, MaxEntries: 1}},
		},
		Sections: []*Section{text, ro, bss},
		Symbols:  []*Symbol{sec, prog, helper, table, panics, abs},
	}
}

func encode(t testing.TB, o *Object) []byte {
	t.Helper()
	b, err := o.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRoundTrip(t *testing.T) {
	o := sample()
	b := encode(t, o)
	got, err := Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Meta, o.Meta) {
		t.Errorf("metadata: got %+v, want %+v", got.Meta, o.Meta)
	}
	if len(got.Sections) != 3 {
		t.Fatalf("%d sections", len(got.Sections))
	}
	for i, s := range got.Sections {
		w := o.Sections[i]
		if s.Name != w.Name || s.Type != w.Type || s.Flags != w.Flags || s.Size != w.Size || s.Align != w.Align || !bytes.Equal(s.Data, w.Data) || len(s.Relocs) != len(w.Relocs) {
			t.Errorf("section %d: got %+v, want %+v", i, s, w)
		}
	}
	if r := got.Section(TextSection).Relocs[0]; r.Sym != got.Symbol("rex_panic") || r.Addend != -4 || r.Off != 1 {
		t.Errorf("relocation %+v", r)
	}
	if s := got.Symbol("p.sum[int]"); s == nil || s.Value != 10 || s.Section != got.Section(TextSection) {
		t.Errorf("symbol %+v", s)
	}
	if s := got.Symbol("p.abs"); s == nil || !s.Abs || s.Undefined() || s.Value != 7 {
		t.Errorf("absolute symbol %+v", s)
	}
	if u := got.Undefined(); len(u) != 1 || u[0].Name != "rex_panic" {
		t.Errorf("undefined %v", u)
	}
	if again := encode(t, got); !bytes.Equal(again, b) {
		t.Error("writing what was read gives other bytes")
	}
}

// TestStdlibReads: an independent reader agrees with the writer.
func TestStdlibReads(t *testing.T) {
	f, err := elf.NewFile(bytes.NewReader(encode(t, sample())))
	if err != nil {
		t.Fatal(err)
	}
	syms, err := f.Symbols()
	if err != nil || len(syms) != 6 {
		t.Fatalf("symbols %v, %v", syms, err)
	}
	if f.Section(".rela.text") == nil || f.Section(".rela.text").Info != 1 || f.Section(BSSSection).Size != 100 {
		t.Error("sections are not what was written")
	}
	if info := f.Section(".symtab").Info; syms[info-1].Name != "p.Prog" {
		t.Errorf("first global symbol is %d, %q", info, syms[info-1].Name)
	}
}

func TestFuncAt(t *testing.T) {
	o := sample()
	for off, want := range map[uint64]string{0: "p.Prog", 9: "p.Prog", 10: "p.sum[int]", 15: "p.sum[int]"} {
		if f := o.FuncAt(off); f == nil || f.Name != want {
			t.Errorf("FuncAt(%d) = %v, want %s", off, f, want)
		}
	}
	if f := o.FuncAt(16); f != nil {
		t.Errorf("FuncAt(16) = %v", f)
	}
	if got := o.Frames(16, true); len(got) != 1 || got[0].Func != "p.sum[int]" || got[0].String() != "p.sum[int]" {
		t.Errorf("frames without debug information: %v", got)
	}
	if got := o.Frames(100, false); got != nil {
		t.Errorf("frames outside functions: %v", got)
	}
}

func TestReadErrors(t *testing.T) {
	good := encode(t, sample())
	mutate := func(f func(o *Object)) []byte {
		o := sample()
		f(o)
		return encode(t, o)
	}
	noMeta, err := sample().ELF()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		b    []byte
		want error
		text string
	}{
		{"nil", nil, ErrEmpty, "file is empty"},
		{"text", []byte("#!/bin/sh\n"), ErrNotELF, "not an ELF file"},
		{"half a magic", good[:3], ErrTruncated, "truncated"},
		{"header only", good[:64], ErrTruncated, "section table lies beyond its end"},
		{"last byte missing", good[:len(good)-1], ErrTruncated, "section table lies beyond its end"},
		{"executable", edit(good, 16, 2), ErrKind, "relocatable"},
		{"other machine", edit(good, 18, 40), ErrKind, "relocatable"},
		{"32 bit", edit(good, 4, 1), ErrKind, "relocatable"},
		{"no metadata", noMeta, ErrNoMeta, ".rex.meta"},
		{"other ABI version", mutate(func(o *Object) { o.Meta.ABIVersion = 99 }), ErrABI, "object has version 99"},
		{"other ABI hash", mutate(func(o *Object) { o.Meta.ABIHash = 0x1234 }), ErrABI, "hash 0000000000001234"},
		{"undefined", mutate(func(o *Object) { o.Symbol("rex_panic").Name = "commit_creds" }), ErrUndefined, "p.Prog+0x1 refers to commit_creds"},
		{"undefined in data", mutate(func(o *Object) {
			o.Section(RodataSection).Relocs[0].Sym = o.Symbol("rex_panic")
			o.Symbol("rex_panic").Name = "init_task"
			o.Section(TextSection).Relocs = nil
		}), ErrUndefined, "p.table+0x0 refers to init_task"},
		{"program without code", mutate(func(o *Object) { o.Meta.Programs[0].Symbol = "nowhere" }), ErrMeta, "nowhere is not a function"},
		{"program is data", mutate(func(o *Object) { o.Meta.Programs[0].Symbol = "p.table" }), ErrMeta, "p.table is not a function"},
		{"bad name", mutate(func(o *Object) { o.Meta.Name = "../x" }), ErrMeta, "extension name"},
		{"two programs of one name", mutate(func(o *Object) { o.Meta.Programs = append(o.Meta.Programs, o.Meta.Programs[0]) }), ErrMeta, `"Prog"`},
		{"no type", mutate(func(o *Object) { o.Meta.Programs[0].Type = 0 }), ErrMeta, "no type"},
		{"init", mutate(func(o *Object) { o.Meta.Init = "gone" }), ErrMeta, "gone"},
		{"relocation type", mutate(func(o *Object) { o.Section(TextSection).Relocs[0].Type = elf.R_X86_64_GOTPCREL }), ErrMalformed, "R_X86_64_GOTPCREL"},
		{"relocation over the end", mutate(func(o *Object) { o.Section(TextSection).Relocs[0].Off = 13 }), ErrMalformed, "beyond its end"},
		{"section twice", mutate(func(o *Object) { o.Section(RodataSection).Name = TextSection }), ErrMalformed, "two sections named .text"},
		{"symbol outside its section", mutate(func(o *Object) { o.Symbol("p.Prog").Size = 1000 }), ErrMalformed, "outside its section"},
		{"too many maps", mutate(func(o *Object) { o.Meta.Maps = make([]Map, abi.MaxMaps+1) }), ErrMeta, "at most 64"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, err := Read(tt.b)
			if err == nil {
				t.Fatalf("accepted: %+v", o)
			}
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %q, want %v with %q", err, tt.want, tt.text)
			}
		})
	}
}

// TestMetaNotJSON: metadata that is no JSON is reported as such.
func TestMetaNotJSON(t *testing.T) {
	good := encode(t, sample())
	i := bytes.Index(good, []byte(`"abi_version"`))
	if _, err := Read(edit(good, i, 'x')); !errors.Is(err, ErrMeta) {
		t.Errorf("got %v", err)
	}
}

// TestTruncations: every prefix is refused with a typed error.
func TestTruncations(t *testing.T) {
	good := encode(t, sample())
	for n := range good {
		if _, err := Read(good[:n]); err == nil || !typed(err) {
			t.Fatalf("prefix of %d bytes: %v", n, err)
		}
	}
}

// TestBitFlips: a changed byte gives an object or a typed error, never a
// panic.
func TestBitFlips(t *testing.T) {
	good := encode(t, sample())
	for i := range good {
		for _, v := range []byte{0x00, 0x7f, 0xff, good[i] ^ 1} {
			o, err := Read(edit(good, i, v))
			if err != nil && !typed(err) {
				t.Fatalf("byte %d = %#x: untyped error %v", i, v, err)
			}
			if err == nil {
				o.Frames(3, true)
			}
		}
	}
}

func typed(err error) bool {
	for _, s := range []error{ErrEmpty, ErrNotELF, ErrKind, ErrTruncated, ErrMalformed, ErrTooLarge, ErrNoMeta, ErrMeta, ErrABI, ErrUndefined} {
		if errors.Is(err, s) {
			return true
		}
	}
	return false
}

func edit(b []byte, at int, v byte) []byte {
	b = bytes.Clone(b)
	b[at] = v
	return b
}

func TestHugeSection(t *testing.T) {
	o := sample()
	o.Section(BSSSection).Size = 1 << 40
	if _, err := Read(encode(t, o)); !errors.Is(err, ErrMalformed) {
		t.Errorf("got %v", err)
	}
}

func TestTooLarge(t *testing.T) {
	b := make([]byte, MaxFileSize+1)
	copy(b, elf.ELFMAG)
	if _, err := Read(b); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	good := encode(f, sample())
	f.Add(good)
	f.Add(good[:100])
	f.Add([]byte(elf.ELFMAG))
	debug := sample()
	for _, name := range []string{".debug_info", ".debug_abbrev", ".debug_line", ".debug_str"} {
		debug.Sections = append(debug.Sections, &Section{Name: name, Type: elf.SHT_PROGBITS, Align: 1, Size: 32, Data: binary.LittleEndian.AppendUint32(make([]byte, 28), 4)})
	}
	f.Add(encode(f, debug))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := Read(b)
		if err != nil {
			if !typed(err) {
				t.Errorf("untyped error %v", err)
			}
			return
		}
		o.Frames(0, false)
		o.Frames(^uint64(0), true)
		o.Undefined()
		again, err := o.Bytes()
		if err != nil {
			t.Fatalf("cannot write what was read: %v", err)
		}
		if _, err := Read(again); err != nil {
			t.Errorf("cannot read what was written: %v", err)
		}
	})
}
