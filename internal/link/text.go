// SPDX-License-Identifier: Apache-2.0

package link

import (
	"bytes"
	"debug/elf"
	"fmt"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
)

// Instructions of the glue code. Those with an operand are followed by the
// four bytes of a PC-relative displacement.
var (
	endbr64 = []byte{0xf3, 0x0f, 0x1e, 0xfa}
	leaRSI  = []byte{0x48, 0x8d, 0x35} // lea disp32(%rip),%rsi
	leaRDI  = []byte{0x48, 0x8d, 0x3d} // lea disp32(%rip),%rdi
	call    = []byte{0xe8}
	jmp     = []byte{0xe9}
	cmpbGS  = []byte{0x65, 0x80, 0x3d} // cmpb $imm8,%gs:disp32(%rip)
)

// glue assembles .text.rex.
type glue struct {
	sec *image.Section
}

// begin starts a function at a multiple of 16; the gap is int3.
func (g *glue) begin() uint64 {
	g.sec.Data = append(g.sec.Data, bytes.Repeat([]byte{0xcc}, -len(g.sec.Data)&15)...)
	start := uint64(len(g.sec.Data))
	// The kernel calls all of these by address, or may.
	g.sec.Data = append(g.sec.Data, endbr64...)
	return start
}

// op emits an instruction with a PC-relative operand, which counts from the
// instruction's end.
func (g *glue) op(code []byte, typ elf.R_X86_64, target *image.Symbol) {
	g.sec.Data = append(g.sec.Data, code...)
	g.sec.Relocs = append(g.sec.Relocs, image.Reloc{Off: uint64(len(g.sec.Data)), Type: typ, Sym: target, Addend: -4})
	g.sec.Data = append(g.sec.Data, 0, 0, 0, 0)
}

func (g *glue) end(sym *image.Symbol, start uint64) {
	sym.Section, sym.Value = g.sec, start
	sym.Size = uint64(len(g.sec.Data)) - start
	g.sec.Size = uint64(len(g.sec.Data))
}

// trampoline is the code between a stub and a program; rex_enter documents
// the convention in kmod/dispatch.S. It contains no return: rex_leave does it.
func (g *glue) trampoline(m *module, enter string, sym, desc, program *image.Symbol) {
	start := g.begin()
	g.op(leaRSI, elf.R_X86_64_PC32, desc)
	g.op(call, elf.R_X86_64_PLT32, m.extern(enter))
	g.op(call, elf.R_X86_64_PLT32, program)
	g.op(jmp, elf.R_X86_64_PLT32, m.extern("rex_leave"))
	g.end(sym, start)
}

// entry returns the dispatcher's entry for a program type: packets are handled
// with interrupts on, everything else may also run with interrupts off. It looks
// at the object: the output has no relocations of its own text yet.
func (m *module) entry(t abi.ProgramType) string {
	switch t {
	case abi.ProgramXDP, abi.ProgramTC, abi.ProgramInit:
		if usesArena(m.in.Section(image.TextSection)) {
			return "rex_enter"
		}
		return "rex_enter_plain"
	}
	return "rex_enter_irq"
}

// usesArena reports whether compiled code may refer to the arena: whether it
// accesses rex_cpu in any other way than the two that every object has, which
// are told by their bytes.
func usesArena(text *image.Section) bool {
	for _, r := range text.Relocs {
		if r.Sym.Name != abi.CPUSymbol {
			continue
		}
		before := text.Data[:r.Off]
		poll := r.Addend == int64(offset(abi.CPU{}, "Poll"))-5 && bytes.HasSuffix(before, cmpbGS)
		limit := r.Addend == int64(offset(abi.CPU{}, "StackLimit"))-4 && len(before) >= 4 &&
			before[len(before)-4] == 0x65 && before[len(before)-3]&^4 == 0x48 && before[len(before)-1]&0xc7 == 5
		if r.Type != elf.R_X86_64_PC32 || !poll && !limit {
			return true
		}
	}
	return false
}

// tail is a function that hands ExtDesc to a function of rex.ko.
func (g *glue) tail(m *module, sym *image.Symbol, target string) {
	start := g.begin()
	g.op(leaRDI, elf.R_X86_64_PC32, m.ext)
	g.op(jmp, elf.R_X86_64_PLT32, m.extern(target))
	g.end(sym, start)
}

// addText makes the trampolines and the kernel module's entry and exit.
func (m *module) addText() error {
	g := &glue{m.section(glueSection, elf.SHF_ALLOC|elf.SHF_EXECINSTR, 64, nil)}
	seen := map[string]bool{}
	for i, p := range m.meta.Programs {
		program, err := m.object(p.Symbol)
		if err != nil {
			return err
		}
		name := KfuncName(m.name, p.Name)
		if seen[name] {
			return fmt.Errorf("%w: two programs are called %s", ErrObject, p.Name)
		}
		seen[name] = true
		sym := m.symbol(name, elf.STB_GLOBAL, elf.STT_FUNC, nil, 0, 0)
		g.trampoline(m, m.entry(p.Type), sym, m.progs[i], program)
		m.kfuncs = append(m.kfuncs, name)
	}
	if m.meta.Init != "" {
		program, err := m.object(m.meta.Init)
		if err != nil {
			return err
		}
		g.trampoline(m, m.entry(abi.ProgramInit), m.initTramp, m.progs[len(m.meta.Programs)], program)
	}
	g.tail(m, m.symbol(initSymbol, elf.STB_GLOBAL, elf.STT_FUNC, nil, 0, 0), "rex_ext_register")
	g.tail(m, m.symbol(cleanupSymbol, elf.STB_GLOBAL, elf.STT_FUNC, nil, 0, 0), "rex_ext_unregister")
	return nil
}

// KfuncName returns the symbol of a program's trampoline. The verifier looks
// kfuncs up among all symbols of the kernel, so it must be unique there: the
// length of the kernel module's name keeps a_b's c apart from a's b_c.
// Characters that a BTF name cannot have become _x and their code in hex.
func KfuncName(module, program string) string {
	name := fmt.Appendf(nil, "rex_p%d_%s_", len(module), module)
	for _, c := range []byte(program) {
		if c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			name = append(name, c)
		} else {
			name = fmt.Appendf(name, "_x%02x", c)
		}
	}
	return string(name)
}
