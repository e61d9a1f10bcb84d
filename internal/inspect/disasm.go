// SPDX-License-Identifier: Apache-2.0

package inspect

import (
	"debug/elf"
	"fmt"
	"strings"

	"golang.org/x/arch/x86/x86asm"

	"github.com/rex-go/rex/internal/audit"
	"github.com/rex-go/rex/internal/image"
)

// disassembly prints every function with the Go lines its code comes from.
// Instructions are in AT&T syntax with symbolic operands.
func (p *printer) disassembly() error {
	funcs, err := audit.Functions(p.o)
	if err != nil {
		return fmt.Errorf("disassemble object: %w", err)
	}
	text := p.o.Section(image.TextSection)
	for _, f := range funcs {
		fmt.Fprintf(p.w, "\n%s:\n", f.Name)
		var last string
		for i := range f.Insts {
			in := &f.Insts[i]
			if at := p.source(in.Off); at != "" && at != last {
				fmt.Fprintf(p.w, "%s\n", at)
				last = at
			}
			code := text.Data[in.Off:in.End()]
			fmt.Fprintf(p.w, "  %6x:  %-30s  %s\n", in.Off-f.Start, shortHex(code), p.instruction(f, in))
		}
	}
	return nil
}

func shortHex(code []byte) string {
	if len(code) > 10 {
		return fmt.Sprintf("% x..", code[:9])
	}
	return fmt.Sprintf("% x", code)
}

// source describes where an instruction comes from: file:line, the line's
// text, and the functions it was inlined through.
func (p *printer) source(off uint64) string {
	frames := p.o.Frames(off, false)
	if len(frames) == 0 || frames[0].File == "" {
		return ""
	}
	f := frames[0]
	s := fmt.Sprintf("; %s:%d", f.File, f.Line)
	if f.Inlined {
		s += " (" + f.Func
		for _, outer := range frames[1:] {
			s += fmt.Sprintf(" in %s:%d", outer.Func, outer.Line)
		}
		s += ")"
	}
	if line := strings.TrimSpace(p.line(f.File, f.Line)); line != "" {
		s += "\n;     " + line
	}
	return s
}

// line returns one line of a source file, "" when it cannot be had.
func (p *printer) line(file string, n int) string {
	if p.opts.ReadFile == nil {
		return ""
	}
	lines, ok := p.src[file]
	if !ok {
		if p.src == nil {
			p.src = map[string][]string{}
		}
		if b, err := p.opts.ReadFile(file); err == nil {
			lines = strings.Split(string(b), "\n")
		}
		p.src[file] = lines
	}
	if n < 1 || n > len(lines) {
		return ""
	}
	return lines[n-1]
}

// instruction formats one instruction. The target of a branch is written by
// name; other relocated operands are named after the instruction.
func (p *printer) instruction(f *audit.Function, in *audit.Inst) string {
	if in.Endbr {
		return "endbr64"
	}
	s := x86asm.GNUSyntax(in.X, in.Off, nil)
	if in.IsBranch() {
		op, _, _ := strings.Cut(s, " ")
		if t, ok := in.Target(); ok {
			return op + " " + p.target(f, t)
		}
	}
	for i, r := range in.Relocs {
		sep := "  # "
		if i > 0 {
			sep = ", "
		}
		s += sep + p.operand(in, r)
	}
	return s
}

func (p *printer) target(f *audit.Function, t audit.Target) string {
	if t.Extern != "" {
		return t.Extern
	}
	if _, inside := f.At(t.Off); inside && t.Off != f.Start {
		return fmt.Sprintf("%#x", t.Off-f.Start)
	}
	return p.where(p.o.Section(image.TextSection), t.Off)
}

// where names a place; the start of a function or variable by its name alone.
func (p *printer) where(s *image.Section, off uint64) string {
	return strings.TrimSuffix(p.o.Where(s, off), "+0x0")
}

// operand names what a relocation refers to.
func (p *printer) operand(in *audit.Inst, r image.Reloc) string {
	add := r.Addend
	switch r.Type {
	case elf.R_X86_64_PC32, elf.R_X86_64_PLT32, elf.R_X86_64_PC64:
		add += int64(in.End() - r.Off)
	}
	if r.Sym.Section != nil {
		return p.where(r.Sym.Section, r.Sym.Value+uint64(add))
	}
	if add != 0 {
		return fmt.Sprintf("%s%+#x", r.Sym.Name, add)
	}
	return r.Sym.Name
}
