// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
)

type imageReloc = image.Reloc

// Entry is what the dispatcher and the trampoline may have put on the program
// stack before a program's own frame, in bytes.
const Entry = 128

// Available is the stack that compiled code may count on.
const Available = abi.StackProgram - Entry

// bounds proves from the machine code alone that no program goes below
// CPU.StackLimit, and that the metadata says nothing else: frames are at least
// what the code uses and at most abi.MaxFrame, and a program's static bound is
// at least what its calls need. The argument is in docs/object.md.
func (c *checker) bounds() error {
	meta := &c.o.Meta
	frames := map[string]uint32{}
	for _, f := range meta.Functions {
		if _, ok := frames[f.Symbol]; ok {
			return fmt.Errorf("%w: function %s stands twice in the metadata", ErrForbidden, f.Symbol)
		}
		frames[f.Symbol] = f.Frame
	}
	b := &bounder{c: c, of: map[*Function]*stackUse{}}
	for _, f := range c.funcs {
		used, states, err := c.stack(f)
		if err != nil {
			return err
		}
		frame, ok := frames[f.Name]
		switch {
		case !ok:
			return fmt.Errorf("%w: function %s is not in the metadata", ErrForbidden, f.Name)
		case int64(frame) < used || frame > abi.MaxFrame:
			return fmt.Errorf("%w: the metadata says that %s uses %d bytes of stack; it uses %d, and may use %d", ErrForbidden, f.Name, frame, used, abi.MaxFrame)
		}
		b.of[f] = b.use(f, frame, states)
	}
	if len(frames) != len(c.funcs) {
		return fmt.Errorf("%w: the metadata describes %d functions, .text has %d", ErrForbidden, len(frames), len(c.funcs))
	}
	b.findTaken()
	return b.check()
}

// stackUse is one function's part in the bounds.
type stackUse struct {
	f     *Function
	frame int64
	calls []*Function
	// indirect: it calls through a pointer.
	indirect bool
	// guarded: a check stands before every call of compiled code, and saw left
	// bytes below the frame pointer.
	guarded bool
	left    int64

	state int // 0: not seen, 1: being computed, 2: depth is known
	depth int64
}

type bounder struct {
	c     *checker
	of    map[*Function]*stackUse
	taken []*Function
	// limit is what an entry's chain may need.
	limit int64
}

func (b *bounder) use(f *Function, frame uint32, states []*stackState) *stackUse {
	u := &stackUse{f: f, frame: int64(frame)}
	for i := range f.Insts {
		in := &f.Insts[i]
		if !b.c.callsCode(f, in) {
			continue
		}
		if t, _ := in.Target(); t.Extern != "" {
			u.indirect = true
		} else if callee := b.c.starts[t.Off]; !slices.Contains(u.calls, callee) {
			u.calls = append(u.calls, callee)
		}
	}
	left, has := b.c.checked(f, states)
	u.guarded, u.left = has && left >= 0, left
	return u
}

// findTaken collects the functions that an indirect call may reach: those
// whose address any relocation makes.
func (b *bounder) findTaken() {
	seen := map[*Function]bool{}
	take := func(r imageReloc, bias int64) {
		if r.Sym.Section == nil || r.Sym.Section.Name != image.TextSection {
			return
		}
		if f := b.c.starts[r.Sym.Value+uint64(r.Addend+bias)]; f != nil && !seen[f] {
			seen[f] = true
			b.taken = append(b.taken, f)
		}
	}
	for _, s := range b.c.o.Sections {
		if s.Name == image.TextSection {
			continue
		}
		for _, r := range s.Relocs {
			take(r, 0)
		}
	}
	for _, f := range b.c.funcs {
		for i := range f.Insts {
			in := &f.Insts[i]
			if in.IsBranch() {
				continue
			}
			for _, r := range in.Relocs {
				take(r, pcBias(in, r))
			}
		}
	}
}

func (b *bounder) callees(u *stackUse) []*Function {
	if u.indirect {
		return append(slices.Clip(u.calls), b.taken...)
	}
	return u.calls
}

// chain is the most stack that a call of f may use before the next check.
func (b *bounder) chain(f *Function, trail []*Function) (int64, error) {
	u := b.of[f]
	if u.guarded {
		return u.frame, nil
	}
	switch u.state {
	case 2:
		return u.depth, nil
	case 1:
		var names []string
		for _, t := range append(trail[slices.Index(trail, f):], f) {
			names = append(names, t.Name)
		}
		return 0, fmt.Errorf("%w: %s recurse without a stack check", ErrForbidden, strings.Join(names, " → "))
	}
	u.state = 1
	below, err := b.below(u, append(trail, f))
	if err != nil {
		return 0, err
	}
	u.depth, u.state = u.frame+below, 2
	return u.depth, nil
}

func (b *bounder) below(u *stackUse, trail []*Function) (int64, error) {
	most := int64(0)
	for _, callee := range b.callees(u) {
		d, err := b.chain(callee, trail)
		if err != nil {
			return 0, err
		}
		most = max(most, d)
	}
	return most, nil
}

func (b *bounder) check() error {
	meta := &b.c.o.Meta
	b.limit = Available
	if meta.Process {
		// A process has as much as its stack; the linker refuses the object.
		b.limit = math.MaxInt32
	}
	for _, f := range b.c.funcs {
		u := b.of[f]
		if !u.guarded {
			continue
		}
		below, err := b.below(u, nil)
		if err != nil {
			return err
		}
		if need := u.frame + below; u.left < need {
			return fmt.Errorf("%w: %s checks for %d bytes of stack and needs %d", ErrForbidden, f.Name, u.left, need)
		}
	}
	for i := range meta.Programs {
		p := &meta.Programs[i]
		if err := b.entry("program "+p.Name, p.Symbol, p.StackBytes); err != nil {
			return err
		}
	}
	if meta.Init != "" {
		return b.entry("package initialisation", meta.Init, meta.InitStack)
	}
	return nil
}

// entry checks one entry point and the bound that the metadata gives for it;
// a bound of 0 stands for none.
func (b *bounder) entry(what, symbol string, bound uint32) error {
	i := slices.IndexFunc(b.c.funcs, func(f *Function) bool { return f.Name == symbol })
	if i < 0 {
		return fmt.Errorf("%w: %s: no function %s", ErrForbidden, what, symbol)
	}
	most, err := b.chain(b.c.funcs[i], nil)
	switch {
	case err != nil:
		return err
	case most > b.limit:
		return fmt.Errorf("%w: %s may use %d bytes of stack, %d are there", ErrForbidden, what, most, b.limit)
	case bound == 0:
		return nil
	case int64(bound) < most:
		return fmt.Errorf("%w: %s may use %d bytes of stack, the metadata says %d", ErrForbidden, what, most, bound)
	case b.reachesGuard(b.c.funcs[i], map[*Function]bool{}):
		return fmt.Errorf("%w: %s calls functions that check the stack themselves, the metadata gives a bound of %d", ErrForbidden, what, bound)
	}
	return nil
}

// reachesGuard reports whether a call of f may get to a function that checks
// the stack, below which no static bound holds.
func (b *bounder) reachesGuard(f *Function, seen map[*Function]bool) bool {
	u := b.of[f]
	if u.guarded {
		return true
	}
	if seen[f] {
		return false
	}
	seen[f] = true
	for _, c := range b.callees(u) {
		if b.reachesGuard(c, seen) {
			return true
		}
	}
	return false
}

// Frames returns how many bytes of stack each function uses in the machine
// code, with its return address: arguments that it pushes for calls included.
func Frames(o *image.Object, funcs []*Function) (map[*Function]uint32, error) {
	c := &checker{o: o, funcs: funcs, starts: map[uint64]*Function{}}
	for _, f := range funcs {
		c.starts[f.Start] = f
	}
	frames := map[*Function]uint32{}
	for _, f := range funcs {
		used, _, err := c.stack(f)
		if err != nil {
			return nil, err
		}
		frames[f] = uint32(used)
	}
	return frames, nil
}
