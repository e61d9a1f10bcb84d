// SPDX-License-Identifier: Apache-2.0

// Package audit reads an object's machine code and refuses what compiled Go
// never contains: privileged, I/O, segment, string-port, FPU and SIMD
// instructions, undefined ones, indirect branches past the retpoline thunks,
// branches to anywhere but an instruction of the same function, a function, or
// an allowed symbol, and stack use that cannot be followed.
//
// It works from a list of what is allowed, so an instruction that it has never
// heard of is refused. It runs when an object is built and again before it is
// linked, and is a second line of defence: it makes no claim about memory
// accesses, which are the compiler's business.
package audit

import (
	"debug/elf"
	"errors"
	"fmt"

	"golang.org/x/arch/x86/x86asm"

	"github.com/rex-go/rex/internal/image"
)

// ErrForbidden: the object contains code that is not accepted.
var ErrForbidden = errors.New("machine code audit failed")

// Error names one instruction that is not accepted. It matches ErrForbidden.
type Error struct {
	Func   string
	Off    uint64 // from the start of Func
	Inst   string
	Reason string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%v: %s+%#x: %s: %s", ErrForbidden, e.Func, e.Off, e.Inst, e.Reason)
}

// Is makes errors.Is(err, ErrForbidden) true.
func (e *Error) Is(target error) bool { return target == ErrForbidden }

// Check audits an object. The error matches ErrForbidden and names function
// and offset of the first instruction that is not accepted, or what the
// metadata says about the stack and the code does not bear out.
func Check(o *image.Object) error {
	c, err := check(o)
	if err != nil {
		return err
	}
	return c.bounds()
}

// check audits the code without regard to the metadata.
func check(o *image.Object) (*checker, error) {
	if err := checkSections(o); err != nil {
		return nil, err
	}
	funcs, err := Functions(o)
	if err != nil {
		return nil, err
	}
	c := &checker{o: o, funcs: funcs, starts: map[uint64]*Function{}}
	for _, f := range funcs {
		c.starts[f.Start] = f
	}
	for _, f := range funcs {
		if err := c.instructions(f); err != nil {
			return nil, err
		}
	}
	for _, f := range funcs {
		if _, _, err := c.stack(f); err != nil {
			return nil, err
		}
	}
	return c, c.data()
}

// checkSections: code is in .text only, and nothing is both writable and
// executable.
func checkSections(o *image.Object) error {
	for _, s := range o.Sections {
		exec := s.Flags&elf.SHF_EXECINSTR != 0
		switch {
		case exec && s.Name != image.TextSection:
			return fmt.Errorf("%w: section %s is executable", ErrForbidden, s.Name)
		case s.Name == image.TextSection && s.Flags&elf.SHF_WRITE != 0:
			return fmt.Errorf("%w: section .text is writable", ErrForbidden)
		}
	}
	return nil
}

type checker struct {
	o      *image.Object
	funcs  []*Function
	starts map[uint64]*Function
}

func (c *checker) instructions(f *Function) error {
	for i := range f.Insts {
		in := &f.Insts[i]
		if reason := c.instruction(f, in); reason != "" {
			return c.fail(f, in, reason)
		}
	}
	return nil
}

func (c *checker) fail(f *Function, in *Inst, reason string) error {
	return &Error{Func: f.Name, Off: in.Off - f.Start, Inst: instText(in), Reason: reason}
}

func instText(in *Inst) string {
	if in.Endbr {
		return "endbr64"
	}
	return x86asm.GNUSyntax(in.X, in.Off, nil)
}

// data checks relocations outside .text: code may be referred to by the start
// of functions that begin with ENDBR64 only, and nothing external but map
// descriptors.
func (c *checker) data() error {
	for _, s := range c.o.Sections {
		if s.Name == image.TextSection {
			continue
		}
		for _, r := range s.Relocs {
			if s.Flags&elf.SHF_ALLOC == 0 {
				return fmt.Errorf("%w: relocation in section %s", ErrForbidden, s.Name)
			}
			if reason := c.address(r, 0); reason != "" {
				return fmt.Errorf("%w: %s: %s", ErrForbidden, c.o.Where(s, r.Off), reason)
			}
		}
	}
	return nil
}
