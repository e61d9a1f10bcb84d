// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"reflect"
	"slices"
	"strings"

	"golang.org/x/arch/x86/x86asm"

	"github.com/rex-go/rex/internal/abi"
)

// A stack check is
//
//	%rbp − CPU.StackLimit > need
//
// as machine code: a comparison of that difference with a constant, and a
// branch. What registers hold is followed from instruction to instruction, so
// that nothing else is taken for a check.

// content is what a register is known to hold.
type content uint8

const (
	anything content = iota
	framePointer
	stackLimit
	stackLeft // the frame pointer minus the stack limit
)

// guardState is what is known before an instruction.
type guardState struct {
	regs [16]content // RAX … R15
	// compared: the flags tell how stackLeft compares with need.
	compared bool
	need     int64
	// left is how many bytes below the frame pointer the last check on every
	// way here has seen, -1 for none.
	left int64
}

func (g *guardState) meet(o *guardState) bool {
	old := *g
	for i := range g.regs {
		if g.regs[i] != o.regs[i] {
			g.regs[i] = anything
		}
	}
	if g.compared != o.compared || g.need != o.need {
		g.compared, g.need = false, 0
	}
	g.left = min(g.left, o.left)
	return *g != old
}

// checked returns how many bytes below a function's frame pointer its checks
// guarantee wherever it calls compiled code, -1 when there is a way to a call
// without a check. Calls out of the object do not count: they run on
// abi.StackReserve. has tells whether there is a check at all.
func (c *checker) checked(f *Function, states []*stackState) (left int64, has bool) {
	before := make([]*guardState, len(f.Insts))
	before[0] = &guardState{left: -1}
	work := []int{0}
	for len(work) > 0 {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		in, st := &f.Insts[i], *before[i]
		flow := func(to int, s guardState) {
			if before[to] == nil {
				before[to] = &s
			} else if !before[to].meet(&s) {
				return
			}
			work = append(work, to)
		}
		taken, fallen := st, st
		if in.IsBranch() && !in.IsCall() {
			if st.compared {
				switch in.X.Op {
				case x86asm.JG, x86asm.JGE:
					taken.left = max(taken.left, st.need)
				case x86asm.JL, x86asm.JLE:
					fallen.left = max(fallen.left, st.need)
				}
			}
			if t, _ := in.Target(); t.Extern == "" {
				if to, inside := f.index[t.Off]; inside {
					flow(to, taken)
				}
			}
		} else {
			fallen.step(in, states[i])
		}
		if !in.EndsFlow() {
			flow(i+1, fallen)
		}
	}
	left = -1
	first := true
	for i := range f.Insts {
		s, in := before[i], &f.Insts[i]
		if s == nil {
			continue // cannot be reached
		}
		has = has || s.left >= 0
		if !c.callsCode(f, in) {
			continue
		}
		if first {
			left, first = s.left, false
		}
		left = min(left, s.left)
	}
	if first {
		// It calls nothing: every need is met.
		left = 1 << 30
	}
	return left, has
}

// callsCode reports whether control leaves the function for compiled code.
func (c *checker) callsCode(f *Function, in *Inst) bool {
	t, ok := in.Target()
	if !ok {
		return false
	}
	if t.Extern != "" {
		return isIndirect(t)
	}
	_, inside := f.index[t.Off]
	return in.IsCall() || !inside
}

func isIndirect(t Target) bool { return strings.HasPrefix(t.Extern, "__x86_indirect_thunk_") }

// callerSaved are the registers that a C function may change.
var callerSaved = []x86asm.Reg{x86asm.RAX, x86asm.RCX, x86asm.RDX, x86asm.RSI, x86asm.RDI, x86asm.R8, x86asm.R9, x86asm.R10, x86asm.R11}

// step applies an instruction that is not a jump.
func (g *guardState) step(in *Inst, st *stackState) {
	x := &in.X
	if in.Endbr {
		return
	}
	if in.IsCall() {
		t, _ := in.Target()
		to, helper := abi.FuncBySymbol(t.Extern)
		g.compared = false
		if to.KeepsRegisters {
			return
		}
		if t.Extern == "" || !helper {
			g.regs = [16]content{}
		}
		for _, r := range callerSaved {
			g.set(r, anything)
		}
		return
	}
	dst, _ := x.Args[0].(x86asm.Reg)
	src, _ := x.Args[1].(x86asm.Reg)
	switch {
	case x.Op == x86asm.MOV && is64(dst) && is64(src):
		g.set(dst, g.get(src, st))
		return
	case x.Op == x86asm.MOV && is64(dst) && readsLimit(in):
		g.set(dst, stackLimit)
		return
	case x.Op == x86asm.SUB && is64(dst) && g.get(dst, st) == framePointer && (readsLimit(in) || is64(src) && g.get(src, st) == stackLimit):
		g.set(dst, stackLeft)
		g.compared = false
		return
	case x.Op == x86asm.CMP && is64(dst) && g.get(dst, st) == stackLeft:
		imm, ok := x.Args[1].(x86asm.Imm)
		g.compared, g.need = ok && imm >= 0 && len(in.Relocs) == 0, int64(imm)
		return
	}
	if !keepsFlags[x.Op] {
		g.compared, g.need = false, 0
	}
	for _, r := range written(x) {
		g.set(r, anything)
	}
}

// keepsFlags are instructions that stand between a comparison and its branch.
var keepsFlags = opSet(x86asm.MOV, x86asm.MOVZX, x86asm.MOVSX, x86asm.MOVSXD, x86asm.LEA, x86asm.NOP, x86asm.PUSH, x86asm.BSWAP, x86asm.NOT)

// written lists the registers that an instruction may change, other than RSP
// and RBP, which the stack's rules are about.
func written(x *x86asm.Inst) []x86asm.Reg {
	var list []x86asm.Reg
	for i, a := range x.Args {
		if r, ok := a.(x86asm.Reg); ok && (i == 0 || x.Op == x86asm.XCHG || x.Op == x86asm.XADD) {
			list = append(list, r)
		}
	}
	switch x.Op {
	case x86asm.CMP, x86asm.TEST, x86asm.PUSH, x86asm.BT:
		return nil
	case x86asm.MUL, x86asm.DIV, x86asm.IDIV, x86asm.IMUL, x86asm.CDQ, x86asm.CQO, x86asm.CWD,
		x86asm.CBW, x86asm.CWDE, x86asm.CDQE, x86asm.CMPXCHG, x86asm.CMPXCHG8B:
		list = append(list, x86asm.RAX, x86asm.RDX)
	case x86asm.MOVSB, x86asm.MOVSW, x86asm.MOVSD, x86asm.MOVSQ, x86asm.STOSB, x86asm.STOSW, x86asm.STOSD, x86asm.STOSQ:
		list = append(list, x86asm.RDI, x86asm.RSI, x86asm.RCX)
	}
	return list
}

func is64(r x86asm.Reg) bool { return r >= x86asm.RAX && r <= x86asm.R15 }

// get returns what a 64-bit register holds. RBP is the frame pointer between
// prologue and epilogue.
func (g *guardState) get(r x86asm.Reg, st *stackState) content {
	if r == x86asm.RBP {
		if st != nil && st.frame >= 0 {
			return framePointer
		}
		return anything
	}
	return g.regs[r-x86asm.RAX]
}

func (g *guardState) set(r x86asm.Reg, c content) {
	if i, ok := number(r); ok {
		g.regs[i] = c
	}
}

// number is the place in the register file of a register or a part of one.
func number(r x86asm.Reg) (int, bool) {
	switch {
	case r >= x86asm.AL && r <= x86asm.BL:
		return int(r - x86asm.AL), true
	case r >= x86asm.AH && r <= x86asm.BH:
		return int(r - x86asm.AH), true
	case r >= x86asm.SPB && r <= x86asm.DIB:
		return int(r-x86asm.SPB) + 4, true
	case r >= x86asm.R8B && r <= x86asm.R15B:
		return int(r-x86asm.R8B) + 8, true
	case r >= x86asm.AX && r <= x86asm.R15W:
		return int(r - x86asm.AX), true
	case r >= x86asm.EAX && r <= x86asm.R15L:
		return int(r - x86asm.EAX), true
	case is64(r):
		return int(r - x86asm.RAX), true
	}
	return 0, false
}

var stackLimitOffset = func() int64 {
	f, _ := reflect.TypeFor[abi.CPU]().FieldByName("StackLimit")
	return int64(f.Offset)
}()

// readsLimit reports whether the instruction's second operand is
// CPU.StackLimit.
func readsLimit(in *Inst) bool {
	_, arg, ok := gsOperand(&in.X)
	if !ok || arg != 1 || in.X.MemBytes != 8 {
		return false
	}
	i := slices.IndexFunc(in.Relocs, func(r imageReloc) bool { return r.Sym.Undefined() && r.Sym.Name == abi.CPUSymbol })
	return i >= 0 && in.Relocs[i].Addend+pcBias(in, in.Relocs[i]) == stackLimitOffset
}
