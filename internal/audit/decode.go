// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"debug/elf"
	"fmt"

	"golang.org/x/arch/x86/x86asm"

	"github.com/rex-go/rex/internal/image"
)

// Inst is one machine instruction of a function.
type Inst struct {
	// Off is its offset into .text.
	Off uint64
	// X is the decoded form; X.Op is 0 for ENDBR64, which x86asm does not
	// know.
	X x86asm.Inst
	// Endbr: it is ENDBR64.
	Endbr bool
	// Relocs are the relocations inside the instruction.
	Relocs []image.Reloc

	noReturn bool
}

// End returns the offset of the next instruction.
func (i *Inst) End() uint64 { return i.Off + uint64(i.X.Len) }

// IsBranch reports whether it is a jump or call with a target in the
// instruction.
func (i *Inst) IsBranch() bool {
	_, rel := i.X.Args[0].(x86asm.Rel)
	return rel
}

// IsCall reports whether it is a call.
func (i *Inst) IsCall() bool { return i.X.Op == x86asm.CALL }

// IsJmp reports whether it is an unconditional jump.
func (i *Inst) IsJmp() bool { return i.X.Op == x86asm.JMP }

// NoReturn reports whether it is a call of a function that never returns: one
// of the ABI that says so, or one of the object that cannot.
func (i *Inst) NoReturn() bool { return i.noReturn }

// EndsFlow reports whether control never goes on to the next instruction.
func (i *Inst) EndsFlow() bool { return i.IsJmp() || i.noReturn }

// Target is where a direct branch goes.
type Target struct {
	// Extern is the symbol outside the object, empty for a place in .text.
	Extern string
	// Off is the place in .text.
	Off uint64
}

// Target returns where a direct branch goes; ok is false for every other
// instruction and for relocations that are no plain branch target.
func (i *Inst) Target() (t Target, ok bool) {
	rel, isRel := i.X.Args[0].(x86asm.Rel)
	if !isRel {
		return Target{}, false
	}
	if len(i.Relocs) == 0 {
		return Target{Off: i.End() + uint64(int64(rel))}, true
	}
	r := i.Relocs[0]
	if len(i.Relocs) != 1 || (r.Type != elf.R_X86_64_PLT32 && r.Type != elf.R_X86_64_PC32) || r.Off+4 != i.End() {
		return Target{}, false
	}
	switch {
	case r.Sym.Undefined():
		return Target{Extern: r.Sym.Name}, r.Addend == -4
	case r.Sym.Section != nil && r.Sym.Section.Name == image.TextSection:
		return Target{Off: r.Sym.Value + uint64(r.Addend+4)}, true
	}
	return Target{}, false
}

// Function is one function of .text with its instructions.
type Function struct {
	Name       string
	Start, End uint64
	Insts      []Inst
	// index maps an instruction's offset to its place in Insts.
	index map[uint64]int
}

// At returns the index of the instruction that starts at an offset.
func (f *Function) At(off uint64) (int, bool) {
	i, ok := f.index[off]
	return i, ok
}

var endbr64 = [4]byte{0xf3, 0x0f, 0x1e, 0xfa}

// Decode decodes the instruction at the start of code.
func Decode(code []byte) (x86asm.Inst, bool, error) {
	if len(code) >= 4 && [4]byte(code[:4]) == endbr64 {
		return x86asm.Inst{Len: 4, Mode: 64}, true, nil
	}
	x, err := x86asm.Decode(code, 64)
	if err != nil {
		return x, false, err
	}
	if x.Op == 0 || x.Len == 0 {
		return x, false, x86asm.ErrUnrecognized
	}
	return x, false, nil
}

// Functions decodes all of .text, function by function in address order, and
// checks that functions neither overlap nor leave anything but padding
// between them.
func Functions(o *image.Object) ([]*Function, error) {
	text := o.Section(image.TextSection)
	if text == nil {
		return nil, nil
	}
	if text.Data == nil || uint64(len(text.Data)) != text.Size {
		return nil, fmt.Errorf("%w: .text has no contents", ErrForbidden)
	}
	relocs := text.Relocs
	var out []*Function
	pos := uint64(0)
	for _, sym := range o.Funcs(text) {
		if sym.Value < pos {
			return nil, fmt.Errorf("%w: function %s overlaps the one before it", ErrForbidden, sym.Name)
		}
		if sym.Size == 0 {
			return nil, fmt.Errorf("%w: function %s has no code", ErrForbidden, sym.Name)
		}
		if err := padding(text, pos, sym.Value); err != nil {
			return nil, err
		}
		f := &Function{Name: sym.Name, Start: sym.Value, End: sym.Value + sym.Size, index: map[uint64]int{}}
		for pos = f.Start; pos < f.End; {
			x, endbr, err := Decode(text.Data[pos:f.End])
			if err != nil {
				return nil, &Error{Func: f.Name, Off: pos - f.Start, Inst: hexBytes(text.Data[pos:f.End]), Reason: "undefined instruction (" + err.Error() + ")"}
			}
			in := Inst{Off: pos, X: x, Endbr: endbr}
			for len(relocs) > 0 && relocs[0].Off < in.End() {
				if relocs[0].Off < pos {
					return nil, fmt.Errorf("%w: relocation at .text+%#x is outside of every function", ErrForbidden, relocs[0].Off)
				}
				in.Relocs = append(in.Relocs, relocs[0])
				relocs = relocs[1:]
			}
			f.index[pos] = len(f.Insts)
			f.Insts = append(f.Insts, in)
			pos = in.End()
		}
		out = append(out, f)
	}
	if len(relocs) > 0 {
		return nil, fmt.Errorf("%w: relocation at .text+%#x is outside of every function", ErrForbidden, relocs[0].Off)
	}
	if err := padding(text, pos, text.Size); err != nil {
		return nil, err
	}
	markNoReturn(out)
	return out, nil
}

// padding checks that the bytes between two functions are NOPs or INT3s.
func padding(text *image.Section, from, to uint64) error {
	for from < to {
		if text.Data[from] == 0xcc {
			from++
			continue
		}
		x, _, err := Decode(text.Data[from:to])
		if err != nil || x.Op != x86asm.NOP {
			return fmt.Errorf("%w: .text+%#x belongs to no function and is no padding", ErrForbidden, from)
		}
		from += uint64(x.Len)
	}
	return nil
}

func hexBytes(b []byte) string { return fmt.Sprintf("% x", b[:min(len(b), 12)]) }
