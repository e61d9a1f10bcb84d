// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"debug/elf"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/image"
)

// asm is machine code under construction: hexadecimal bytes, and relocations
// written as {type symbol addend}, each standing for its four or eight bytes.
//
//	e8 {plt rex_poll -4}
type asm struct {
	t    *testing.T
	o    *image.Object
	text *image.Section
	syms map[string]*image.Symbol
}

func newAsm(t *testing.T) *asm {
	text := &image.Section{Name: image.TextSection, Type: elf.SHT_PROGBITS, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 16}
	return &asm{t: t, text: text, o: &image.Object{Sections: []*image.Section{text}}, syms: map[string]*image.Symbol{}}
}

func (a *asm) sym(name string) *image.Symbol {
	if s := a.syms[name]; s != nil {
		return s
	}
	s := &image.Symbol{Name: name, Bind: elf.STB_GLOBAL}
	a.syms[name] = s
	a.o.Symbols = append(a.o.Symbols, s)
	return s
}

// fn adds a function.
func (a *asm) fn(name, code string) *asm {
	a.t.Helper()
	for len(a.text.Data)%16 != 0 {
		a.text.Data = append(a.text.Data, 0x90)
	}
	s := a.sym(name)
	s.Section, s.Type, s.Value = a.text, elf.STT_FUNC, uint64(len(a.text.Data))
	for code != "" {
		before, rest, found := strings.Cut(code, "{")
		b, err := hex.DecodeString(strings.Join(strings.Fields(before), ""))
		if err != nil {
			a.t.Fatalf("%s: %v", before, err)
		}
		a.text.Data = append(a.text.Data, b...)
		if !found {
			break
		}
		spec, after, _ := strings.Cut(rest, "}")
		a.reloc(strings.Fields(spec))
		code = after
	}
	s.Size = uint64(len(a.text.Data)) - s.Value
	a.text.Size = uint64(len(a.text.Data))
	return a
}

func (a *asm) reloc(f []string) {
	a.t.Helper()
	types := map[string]elf.R_X86_64{"plt": elf.R_X86_64_PLT32, "pc": elf.R_X86_64_PC32, "32s": elf.R_X86_64_32S, "64": elf.R_X86_64_64}
	typ := types[f[0]]
	n, ok := image.RelocSize(typ)
	if !ok {
		a.t.Fatalf("relocation %v", f)
	}
	addend := int64(0)
	if len(f) > 2 {
		for _, c := range strings.TrimPrefix(f[2], "-") {
			addend = addend*10 + int64(c-'0')
		}
		if f[2][0] == '-' {
			addend = -addend
		}
	}
	a.text.Relocs = append(a.text.Relocs, image.Reloc{Off: uint64(len(a.text.Data)), Type: typ, Sym: a.sym(f[1]), Addend: addend})
	a.text.Data = append(a.text.Data, make([]byte, n)...)
}

const (
	ret    = " e9 {plt __x86_return_thunk -4}"
	enter  = " 55 48 89 e5" // push %rbp; mov %rsp,%rbp
	leave  = " 5d"          // pop %rbp
	endbr  = " f3 0f 1e fa"
	doPoll = " e8 {plt rex_poll -4}"
)

func TestAccepted(t *testing.T) {
	for name, code := range map[string]string{
		"empty":                   ret,
		"frame":                   endbr + enter + " 53 48 83 ec 18 90 48 83 c4 18 5b" + leave + ret,
		"call":                    enter + doPoll + leave + ret,
		"poll":                    "65 80 3d {pc rex_cpu -5} 00 75 01 90" + ret,
		"stack limit":             "65 48 8b 05 {pc rex_cpu 4}" + ret,
		"arena":                   "65 48 89 05 {pc rex_cpu 12}" + ret,
		"panic at the end":        enter + " e8 {plt rex_panic -4}",
		"realigned":               enter + " 48 83 e4 e0 48 83 ec 40 48 89 ec 5d" + ret,
		"realigned with saves":    enter + " 53 48 83 e4 e0 48 83 ec 40 48 8d 65 f8 5b 5d" + ret,
		"argument pushes":         enter + " 6a 01 50 e8 {plt rex_panic_text -4} 90",
		"leave":                   enter + " 48 83 ec 20 c9" + ret,
		"indirect":                enter + " e8 {plt __x86_indirect_thunk_r11 -4}" + leave + ret,
		"tail call":               " e9 {plt rex_poll -4}",
		"conditional tail call":   " 0f 84 {plt rex_poll -4}" + ret,
		"indirect tail call":      " e9 {plt __x86_indirect_thunk_rax -4}",
		"loop":                    " ff c8 75 fc" + ret,
		"map":                     " 48 c7 c7 {32s rex.map.hits}" + ret,
		"map by absolute address": " 48 bf {64 rex.map.hits}" + ret,
		"kernel field":            " 48 8b 87 {32s rex.off.xdp_buff.data}" + ret,
		"address of a function":   " 48 c7 c0 {32s p.other}" + ret,
		"lock":                    " f0 48 0f b1 0f f0 0f c1 07" + ret,
		"fence":                   enter + " f0 83 0c 24 00" + leave + ret,
		"rep movs":                " f3 48 a5" + ret,
		"rep bsf":                 " f3 0f bc c0" + ret,
		"nops":                    " 66 2e 0f 1f 84 00 00 00 00 00 0f 1f 00 66 90" + ret,
		"bit work":                " 0f c8 48 0f bd c0 0f ba e0 03 48 0f a4 c1 03 d3 e0" + ret,
		"four bytes of stack":     " 48 83 ec 04 48 83 c4 04" + ret,
		"local panic at the end":  enter + " e8 {plt p.panics -4}",
		"dead code after a panic": enter + " e8 {plt rex_panic -4} 5d" + ret,
	} {
		t.Run(name, func(t *testing.T) {
			a := newAsm(t).fn("p.first", code).fn("p.other", endbr+ret).
				fn("p.panics", enter+" e8 {plt p.panics2 -4}").fn("p.panics2", enter+" 74 05 e8 {plt rex_panic -4} e8 {plt rex_panic -4}")
			if _, err := check(a.o); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	const notAllowed = "not allowed"
	for _, tt := range []struct{ name, code, where, reason string }{
		// Privileged and system instructions.
		{"hlt", "f4", "", notAllowed},
		{"cli", "fa", "", notAllowed},
		{"sti", "fb", "", notAllowed},
		{"wrmsr", "0f 30", "", notAllowed},
		{"rdmsr", "0f 32", "", notAllowed},
		{"rdtsc", "0f 31", "", notAllowed},
		{"rdpmc", "0f 33", "", notAllowed},
		{"cpuid", "0f a2", "", notAllowed},
		{"syscall", "0f 05", "", notAllowed},
		{"sysenter", "0f 34", "", notAllowed},
		{"sysexit", "0f 35", "", notAllowed},
		{"int 0x80", "cd 80", "", notAllowed},
		{"int3", "cc", "", notAllowed},
		{"ud2", "0f 0b", "", notAllowed},
		{"iretq", "48 cf", "", notAllowed},
		{"invlpg", "0f 01 38", "", notAllowed},
		{"lgdt", "0f 01 10", "", notAllowed},
		{"swapgs", "0f 01 f8", "", notAllowed},
		{"wbinvd", "0f 09", "", notAllowed},
		{"clts", "0f 06", "", notAllowed},
		{"xgetbv", "0f 01 d0", "", ""},
		{"stac", "0f 01 cb", "", ""},
		{"clflush", "0f ae 38", "", notAllowed},
		{"wrgsbase", "f3 0f ae d8", "", notAllowed},
		{"rdrand", "0f c7 f0", "", ""},
		{"mov to cr3", "0f 22 d8", "", "register cr3"},
		{"mov from cr0", "0f 20 c0", "", "register cr0"},
		{"mov to dr7", "0f 23 f8", "", "register dr7"},
		// I/O and string instructions.
		{"in", "e4 60", "", notAllowed},
		{"out", "e6 80", "", notAllowed},
		{"outb dx", "ee", "", notAllowed},
		{"insb", "6c", "", notAllowed},
		{"rep outsb", "f3 6e", "", notAllowed},
		{"scasb", "f2 ae", "", notAllowed},
		{"cmpsb", "f3 a6", "", notAllowed},
		{"std", "fd", "", notAllowed},
		// Flags and segments.
		{"pushf", "9c", "", notAllowed},
		{"popf", "9d", "", notAllowed},
		{"mov to ds", "8e d8", "", "register ds"},
		{"mov to gs", "8e e8", "", "register gs"},
		{"push fs", "0f a0", "", "register fs"},
		{"lss", "0f b2 00", "", notAllowed},
		{"fs override", "64 48 8b 00", "", "segment override"},
		{"es override", "26 48 8b 00", "", ""},
		{"cs override on a load", "2e 48 8b 00", "", "segment override"},
		{"gs without relocation", "65 48 8b 04 25 00 00 00 00", "", "GS segment without a relocation"},
		{"gs with a register", "65 48 8b 00", "", "GS segment without a relocation"},
		{"gs with index", "65 48 8b 80 {32s rex_cpu}", "", "variable offset"},
		{"gs beyond the struct", "65 48 8b 05 {pc rex_cpu 28}", "", "outside rex_cpu"},
		{"gs before the struct", "65 48 8b 05 {pc rex_cpu -12}", "", "outside rex_cpu"},
		{"write to poll", "65 c6 05 {pc rex_cpu -5} 00", "", "other than ArenaNext"},
		{"write to stack limit", "65 48 89 05 {pc rex_cpu 4}", "", "other than ArenaNext"},
		{"rex_cpu without gs", "48 8b 05 {pc rex_cpu -4}", "", "without the GS segment"},
		// FPU and SIMD.
		{"fld", "d9 00", "", notAllowed},
		{"emms", "0f 77", "", notAllowed},
		{"mmx", "0f 6f c1", "", notAllowed},
		{"movaps", "0f 28 c1", "", notAllowed},
		{"movups store", "0f 11 07", "", notAllowed},
		{"movsd xmm", "f2 0f 10 07", "", notAllowed},
		{"cvtsi2sd", "f2 48 0f 2a c0", "", notAllowed},
		{"avx", "c5 f8 28 c1", "", ""},
		{"andn", "c4 e2 f0 f2 c0", "", ""},
		{"avx512", "62 f1 7c 48 28 c1", "", ""},
		{"fxsave", "0f ae 00", "", notAllowed},
		// Undefined.
		{"undefined", "0f ff", "", ""},
		{"invalid in 64 bit", "06", "", "undefined instruction"},
		{"cut short", "48 b8 00 00", "", "undefined instruction"},
		{"lock on mov", "f0 48 89 07", "", "prefix"},
		// Branches.
		{"ret", "c3", "", "__x86_return_thunk"},
		{"ret imm", "c2 08 00", "", "__x86_return_thunk"},
		{"far ret", "cb", "", notAllowed},
		{"jmp reg", "ff e0", "", "retpoline"},
		{"call reg", "41 ff d3", "", "retpoline"},
		{"jmp mem", "ff 25 {pc p.other -4}", "", "retpoline"},
		{"far jmp mem", "48 ff 28", "", notAllowed},
		{"far call mem", "48 ff 18", "", notAllowed},
		{"jump out of the text", "e9 00 10 00 00", "", "branch to .text+0x1009"},
		{"jump before the text", "e9 00 f0 ff ff", "", "branch to .text+0xfffff"},
		{"jump into an instruction", "eb 01 48 89 c0", "", "branch to .text+0x7"},
		{"jump into another function", "eb 1f", "", "not the start of an instruction"},
		{"call inside the function", "e8 00 00 00 00", "", "not the start of an instruction"},
		{"loop instruction", "e2 fe", "", notAllowed},
		{"jrcxz", "e3 00", "", notAllowed},
		{"call kernel function", "e8 {plt commit_creds -4}", "", "commit_creds"},
		{"call a map", "e8 {plt rex.map.hits -4}", "", "not a function of the ABI"},
		{"call the middle of a helper", "e8 {plt rex_poll 4}", "", "not a function"},
		{"conditional return", "0f 84 {plt __x86_return_thunk -4}", "", "not jumped to"},
		{"call of the return thunk", "e8 {plt __x86_return_thunk -4}", "", "not jumped to"},
		{"conditional indirect branch", "0f 84 {plt __x86_indirect_thunk_rax -4}", "", "conditional indirect"},
		{"far jmp imm", "ea 00 00 00 00 00 00", "", "undefined instruction"},
		{"xbegin", "c7 f8 00 00 00 00", "", ""},
		// Addresses and relocations.
		{"address of a helper", "48 c7 c0 {32s rex_poll}", "", "external function rex_poll"},
		{"address inside a function", "48 c7 c0 {32s p.other 4}", "", "inside a function"},
		{"address without endbr", "48 c7 c0 {32s p.f}", "", "does not start with endbr64"},
		{"relocated opcode", "{32s rex.off.a.b}", "", "relocation reaches outside"},
		{"relocated prefix", "48 {32s rex.off.a.b} 00 00", "", ""},
		{"endbr inside", "f3 0f 1e fa", "", "landing pad"},
		// Stack.
		{"mov to rsp", "48 89 c4", "", "stack pointer"},
		{"xchg rsp", "48 87 e0", "", ""},
		{"mov to esp", "89 c4", "", "stack pointer"},
		{"pop rsp", "50 5c", "+0x5", "stack pointer"},
		{"pop the return address", "58", "", "stack pointer"},
		{"add rsp above the frame", "48 83 c4 08", "", "stack pointer"},
		{"sub by register", "48 29 c4", "", "stack pointer"},
		{"unbalanced", "50", "+0x5", "stack that is not empty"},
		{"growing loop", "50 eb fd", "", "differs between"},
		{"rbp as a general register", "48 31 ed", "", "frame pointer"},
		{"write to the return address", "48 89 04 24", "", "return address"},
		{"write to the return address in part", "c6 44 24 07 00", "", "return address"},
		{"four bytes left", "48 83 ec 04", "+0x8", "stack that is not empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			where := tt.where
			if where == "" {
				where = "+0x4"
			}
			// A NOP first, so that offsets are seen to be the function's.
			a := newAsm(t).fn("p.f", "0f 1f 40 00"+tt.code+ret).fn("p.other", endbr+ret)
			_, err := check(a.o)
			if !errors.Is(err, ErrForbidden) {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(err.Error(), "p.f"+where+":") || !strings.Contains(err.Error(), tt.reason) {
				t.Errorf("got %q, want p.f%s and %q", err, where, tt.reason)
			}
			var ae *Error
			if errors.As(err, &ae) && ae.Func != "p.f" {
				t.Errorf("function %q", ae.Func)
			}
		})
	}
}

func TestRefusedShape(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		make         func(a *asm)
	}{
		{"runs off the end", "runs off the end", func(a *asm) { a.fn("p.f", "90") }},
		{"call at the end", "runs off the end", func(a *asm) { a.fn("p.f", enter+doPoll) }},
		{"saved rbp overwritten", "saved frame pointer", func(a *asm) { a.fn("p.f", enter+" 48 89 45 00"+leave+ret) }},
		{"rbp not restored", "stack pointer", func(a *asm) { a.fn("p.f", enter+" 48 83 c4 08"+ret) }},
		{"rbp left behind", "not empty", func(a *asm) { a.fn("p.f", enter+ret) }},
		{"rbp restored from elsewhere", "not restored", func(a *asm) { a.fn("p.f", enter+" 50 5d 58"+ret) }},
		{"code between functions", "no padding", func(a *asm) {
			a.fn("p.f", ret)
			a.text.Data = append(a.text.Data, 0x48, 0x89, 0xc0)
			a.text.Size += 3
		}},
		{"overlapping functions", "overlaps", func(a *asm) { a.fn("p.f", ret+ret).fn("p.g", ret); a.sym("p.g").Value = 5 }},
		{"function without code", "no code", func(a *asm) { a.fn("p.f", ret); a.sym("p.f").Size = 0 }},
		{"executable data", "executable", func(a *asm) {
			a.fn("p.f", ret)
			a.o.Sections = append(a.o.Sections, &image.Section{Name: ".data", Type: elf.SHT_PROGBITS, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR})
		}},
		{"writable text", "writable", func(a *asm) { a.fn("p.f", ret); a.text.Flags |= elf.SHF_WRITE }},
		{"data points into a function", "inside a function", func(a *asm) { a.fn("p.f", endbr+ret); a.data("p.f", 4) }},
		{"data points to a function without endbr", "endbr64", func(a *asm) { a.fn("p.f", ret); a.data("p.f", 0) }},
		{"data points to a helper", "external function rex_poll", func(a *asm) { a.fn("p.f", ret); a.data("rex_poll", 0) }},
		{"relocation across instructions", "outside the instruction", func(a *asm) {
			a.fn("p.f", " 90 90 90 90"+ret)
			a.text.Relocs = append([]image.Reloc{{Off: 1, Type: elf.R_X86_64_32S, Sym: a.sym("rex.off.a.b")}}, a.text.Relocs...)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAsm(t)
			tt.make(a)
			if _, err := check(a.o); !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), tt.reason) {
				t.Errorf("got %v, want %q", err, tt.reason)
			}
		})
	}
}

// data adds a read-only word that points to a symbol.
func (a *asm) data(sym string, addend int64) {
	a.o.Sections = append(a.o.Sections, &image.Section{
		Name: image.RodataSection, Type: elf.SHT_PROGBITS, Flags: elf.SHF_ALLOC, Align: 8, Size: 8, Data: make([]byte, 8),
		Relocs: []image.Reloc{{Type: elf.R_X86_64_64, Sym: a.sym(sym), Addend: addend}},
	})
}

func TestDataToFunction(t *testing.T) {
	a := newAsm(t).fn("p.f", endbr+ret)
	a.data("p.f", 0)
	if _, err := check(a.o); err != nil {
		t.Error(err)
	}
}
