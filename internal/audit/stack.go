// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"golang.org/x/arch/x86/x86asm"
)

// stackState is what is known about the stack pointer before an instruction.
// Depths count bytes below the return address.
type stackState struct {
	depth int64
	// exact is false after the stack pointer was aligned; depth is then an
	// upper bound, and only the frame pointer leads back.
	exact bool
	// frame is the depth that RBP points at, -1 when RBP holds the caller's.
	frame int64
	// saved is the depth at which the caller's RBP was pushed, -1 when it
	// was not.
	saved int64
}

// stack follows the stack pointer through a function and returns the largest
// number of bytes it uses, with its return address, and what is known before
// each instruction (nil for those that cannot be reached). It refuses changes of RSP
// and RBP in other forms than prologues, epilogues and argument pushes, and
// code that leaves the function with an unbalanced stack.
func (c *checker) stack(f *Function) (int64, []*stackState, error) {
	states := make([]*stackState, len(f.Insts))
	states[0] = &stackState{exact: true, frame: -1, saved: -1}
	work := []int{0}
	deepest := int64(0)
	for len(work) > 0 {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		in := &f.Insts[i]
		st := *states[i]
		if reason := st.step(&in.X, in.Endbr); reason != "" {
			return 0, nil, c.fail(f, in, reason)
		}
		deepest = max(deepest, st.depth)
		next, reason := c.successors(f, i, &st)
		if reason != "" {
			return 0, nil, c.fail(f, in, reason)
		}
		for _, n := range next {
			if states[n] == nil {
				s := st
				states[n] = &s
				work = append(work, n)
			} else if *states[n] != st {
				return 0, nil, c.fail(f, &f.Insts[n], "stack pointer differs between the ways to this instruction")
			}
		}
	}
	return deepest + 8, states, nil
}

// successors returns the instructions that may follow, and checks that the
// stack is empty where control leaves the function for good.
func (c *checker) successors(f *Function, i int, st *stackState) ([]int, string) {
	in := &f.Insts[i]
	var next []int
	if in.IsBranch() && !in.IsCall() {
		t, _ := in.Target()
		n, inside := f.index[t.Off]
		if t.Extern != "" || !inside {
			if st.depth != 0 || st.frame != -1 || st.saved != -1 {
				return nil, "function is left with a stack that is not empty"
			}
		} else {
			next = append(next, n)
		}
	}
	if in.EndsFlow() {
		return next, ""
	}
	if i+1 >= len(f.Insts) {
		return nil, "control runs off the end of the function"
	}
	return append(next, i+1), ""
}

// step applies one instruction; it returns why it is refused, "" when it is
// not.
func (s *stackState) step(x *x86asm.Inst, endbr bool) string {
	if endbr {
		return ""
	}
	const odd = "change of the stack pointer outside of prologue and epilogue"
	switch x.Op {
	case x86asm.PUSH:
		if x.DataSize == 16 {
			return odd
		}
		s.depth += 8
		if x.Args[0] == x86asm.RBP && s.frame == -1 && s.saved == -1 {
			s.saved = s.depth
		}
		return ""
	case x86asm.POP:
		if x.DataSize == 16 || !s.exact || s.depth < 8 {
			return odd
		}
		switch x.Args[0] {
		case x86asm.RSP:
			return odd
		case x86asm.RBP:
			if s.saved != s.depth {
				return "frame pointer is not restored from where it was saved"
			}
			s.frame, s.saved = -1, -1
		default:
			if s.saved == s.depth {
				return "saved frame pointer is popped into another register"
			}
			if s.frame == s.depth {
				return odd
			}
		}
		s.depth -= 8
		return ""
	case x86asm.LEAVE:
		if s.frame < 0 || s.saved != s.frame {
			return odd
		}
		s.depth, s.exact = s.frame-8, true
		s.frame, s.saved = -1, -1
		return ""
	}
	switch dst, _ := x.Args[0].(x86asm.Reg); {
	case aliases(dst, x86asm.RSP):
		return s.setSP(x, odd)
	case aliases(dst, x86asm.RBP):
		return s.setFP(x)
	}
	if x.Op == x86asm.XCHG || x.Op == x86asm.XADD {
		if r, _ := x.Args[1].(x86asm.Reg); aliases(r, x86asm.RSP) || aliases(r, x86asm.RBP) {
			return odd
		}
	}
	return s.store(x)
}

// setSP handles instructions whose first operand is RSP.
func (s *stackState) setSP(x *x86asm.Inst, odd string) string {
	switch x.Op {
	case x86asm.CMP, x86asm.TEST:
		return ""
	}
	if x.Args[0] != x86asm.RSP {
		return odd // part of the register
	}
	imm, isImm := x.Args[1].(x86asm.Imm)
	mem, isMem := x.Args[1].(x86asm.Mem)
	depth := s.depth
	switch {
	case x.Op == x86asm.SUB && isImm:
		depth += int64(imm)
	case x.Op == x86asm.ADD && isImm:
		depth -= int64(imm)
	case x.Op == x86asm.LEA && isMem && mem.Index == 0 && mem.Base == x86asm.RSP:
		depth -= mem.Disp
	case x.Op == x86asm.LEA && isMem && mem.Index == 0 && mem.Base == x86asm.RBP && s.frame >= 0:
		s.depth, s.exact = s.frame-mem.Disp, true
		return s.bounds(odd)
	case x.Op == x86asm.MOV && x.Args[1] == x86asm.RBP && s.frame >= 0:
		s.depth, s.exact = s.frame, true
		return s.bounds(odd)
	case x.Op == x86asm.AND && isImm && imm < 0 && imm >= -4096 && imm&-imm == -imm:
		s.depth += int64(-imm) - 8
		s.exact = false
		return s.bounds(odd)
	default:
		return odd
	}
	if !s.exact && depth < s.depth {
		return odd
	}
	s.depth = depth
	return s.bounds(odd)
}

// bounds refuses a stack pointer above what was saved, and absurd frames.
func (s *stackState) bounds(odd string) string {
	if s.depth < 0 || (s.saved >= 0 && s.depth < s.saved) || s.depth > 1<<24 {
		return odd
	}
	return ""
}

// setFP handles instructions whose first operand is RBP: it is a frame
// pointer, never a general register.
func (s *stackState) setFP(x *x86asm.Inst) string {
	switch x.Op {
	case x86asm.CMP, x86asm.TEST:
		return ""
	case x86asm.MOV:
		if x.Args[0] == x86asm.RBP && x.Args[1] == x86asm.RSP && s.exact && s.saved >= 0 {
			s.frame = s.depth
			return ""
		}
	}
	return "frame pointer is changed"
}

// store refuses writes by a constant offset to the return address and the
// saved frame pointer.
func (s *stackState) store(x *x86asm.Inst) string {
	m, ok := x.Args[0].(x86asm.Mem)
	if !ok || m.Index != 0 || m.Segment != 0 || !writes(x, 0) || x.Op == x86asm.LEA {
		return ""
	}
	var at int64 // depth of the lowest byte written
	switch {
	case m.Base == x86asm.RBP && s.frame >= 0:
		at = s.frame - m.Disp
	case m.Base == x86asm.RSP && s.exact:
		at = s.depth - m.Disp
	default:
		return ""
	}
	// The return address is at depths 0 down to -7 (its lowest byte at 0).
	n := int64(max(x.MemBytes, 1))
	if overlaps(at, n, 0) {
		return "write to the return address"
	}
	if s.saved >= 0 && overlaps(at, n, s.saved) {
		return "write to the saved frame pointer"
	}
	return ""
}

// overlaps reports whether n bytes from depth at upwards touch the 8 bytes
// from depth slot upwards. Depths fall as addresses rise.
func overlaps(at, n, slot int64) bool { return at-n < slot && slot-8 < at }

// aliases reports whether r is the 64-bit register full or a part of it.
func aliases(r, full x86asm.Reg) bool {
	if r == 0 {
		return false
	}
	switch full {
	case x86asm.RSP:
		return r == x86asm.RSP || r == x86asm.ESP || r == x86asm.SP || r == x86asm.SPB
	case x86asm.RBP:
		return r == x86asm.RBP || r == x86asm.EBP || r == x86asm.BP || r == x86asm.BPB
	}
	return false
}
