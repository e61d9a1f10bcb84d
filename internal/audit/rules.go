// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"debug/elf"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/arch/x86/x86asm"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
)

// allowedOps is everything LLVM emits for integer code on the baseline x86-64
// without SSE. Not in it on purpose: rdtsc, rdrand, cpuid (programs have
// helpers for what they need), pushf/popf (the interrupt flag), ud2 and int3
// (they would be an oops), std/cld, xlat, enter, in/out, hlt, and all that is
// privileged, x87, MMX, SSE or AVX.
var allowedOps = opSet(
	x86asm.ADC, x86asm.ADD, x86asm.AND, x86asm.BSF, x86asm.BSR, x86asm.BSWAP,
	x86asm.BT, x86asm.BTC, x86asm.BTR, x86asm.BTS, x86asm.CALL,
	x86asm.CBW, x86asm.CDQ, x86asm.CDQE, x86asm.CQO, x86asm.CWD, x86asm.CWDE,
	x86asm.CLC, x86asm.CMC, x86asm.STC, x86asm.CMP, x86asm.CMPXCHG, x86asm.CMPXCHG8B,
	x86asm.CMOVA, x86asm.CMOVAE, x86asm.CMOVB, x86asm.CMOVBE, x86asm.CMOVE, x86asm.CMOVG,
	x86asm.CMOVGE, x86asm.CMOVL, x86asm.CMOVLE, x86asm.CMOVNE, x86asm.CMOVNO, x86asm.CMOVNP,
	x86asm.CMOVNS, x86asm.CMOVO, x86asm.CMOVP, x86asm.CMOVS,
	x86asm.DEC, x86asm.DIV, x86asm.IDIV, x86asm.IMUL, x86asm.INC,
	x86asm.JA, x86asm.JAE, x86asm.JB, x86asm.JBE, x86asm.JE, x86asm.JG, x86asm.JGE, x86asm.JL,
	x86asm.JLE, x86asm.JMP, x86asm.JNE, x86asm.JNO, x86asm.JNP, x86asm.JNS, x86asm.JO, x86asm.JP, x86asm.JS,
	x86asm.LEA, x86asm.LEAVE, x86asm.LFENCE, x86asm.MFENCE, x86asm.SFENCE,
	x86asm.MOV, x86asm.MOVSX, x86asm.MOVSXD, x86asm.MOVZX,
	x86asm.MOVSB, x86asm.MOVSW, x86asm.MOVSD, x86asm.MOVSQ,
	x86asm.STOSB, x86asm.STOSW, x86asm.STOSD, x86asm.STOSQ,
	x86asm.MUL, x86asm.NEG, x86asm.NOP, x86asm.NOT, x86asm.OR, x86asm.PAUSE,
	x86asm.POP, x86asm.PUSH, x86asm.RCL, x86asm.RCR, x86asm.ROL, x86asm.ROR,
	x86asm.SAR, x86asm.SBB, x86asm.SHL, x86asm.SHLD, x86asm.SHR, x86asm.SHRD,
	x86asm.SETA, x86asm.SETAE, x86asm.SETB, x86asm.SETBE, x86asm.SETE, x86asm.SETG,
	x86asm.SETGE, x86asm.SETL, x86asm.SETLE, x86asm.SETNE, x86asm.SETNO, x86asm.SETNP,
	x86asm.SETNS, x86asm.SETO, x86asm.SETP, x86asm.SETS,
	x86asm.SUB, x86asm.TEST, x86asm.TZCNT, x86asm.XADD, x86asm.XCHG, x86asm.XOR,
	x86asm.PREFETCHNTA, x86asm.PREFETCHT0, x86asm.PREFETCHT1, x86asm.PREFETCHT2, x86asm.PREFETCHW,
)

func opSet(ops ...x86asm.Op) map[x86asm.Op]bool {
	m := map[x86asm.Op]bool{}
	for _, op := range ops {
		m[op] = true
	}
	return m
}

// readOnlyMem are allowed instructions that do not write their first operand
// when it is in memory.
var readOnlyMem = opSet(x86asm.CMP, x86asm.TEST, x86asm.BT, x86asm.PUSH, x86asm.MUL, x86asm.DIV, x86asm.IDIV,
	x86asm.NOP, x86asm.PREFETCHNTA, x86asm.PREFETCHT0, x86asm.PREFETCHT1, x86asm.PREFETCHT2, x86asm.PREFETCHW)

// instruction returns why an instruction is not accepted, "" when it is.
func (c *checker) instruction(f *Function, in *Inst) string {
	if in.Endbr {
		if in.Off != f.Start {
			return "landing pad inside a function"
		}
		return c.noRelocs(in)
	}
	x := &in.X
	if x.Op == x86asm.RET {
		return "return not through __x86_return_thunk"
	}
	if !allowedOps[x.Op] {
		return "instruction is not allowed"
	}
	if reason := prefixes(x); reason != "" {
		return reason
	}
	if reason := operands(x); reason != "" {
		return reason
	}
	if reason := c.relocShape(in); reason != "" {
		return reason
	}
	if in.IsBranch() {
		return c.branch(f, in)
	}
	switch x.Op {
	case x86asm.CALL, x86asm.JMP:
		return "indirect branch not through a retpoline thunk"
	}
	if reason := c.gs(in); reason != "" {
		return reason
	}
	for _, r := range in.Relocs {
		if reason := c.address(r, pcBias(in, r)); reason != "" {
			return reason
		}
	}
	return ""
}

func (c *checker) noRelocs(in *Inst) string {
	if len(in.Relocs) > 0 {
		return "relocation inside the instruction's opcode"
	}
	return ""
}

// prefixes refuses segment overrides other than GS, and repeat and lock
// prefixes where LLVM does not put them.
func prefixes(x *x86asm.Inst) string {
	for _, p := range x.Prefix {
		if p == 0 {
			break
		}
		if p&x86asm.PrefixInvalid != 0 {
			return "invalid prefix"
		}
		if p.IsVEX() || p.IsEVEX() {
			return "vector encoding"
		}
		switch p &^ (x86asm.PrefixImplicit | x86asm.PrefixIgnored) {
		case x86asm.PrefixES, x86asm.PrefixSS, x86asm.PrefixDS, x86asm.PrefixFS, x86asm.PrefixPN, x86asm.PrefixPT:
			return "segment override"
		case x86asm.PrefixCS:
			if x.Op != x86asm.NOP {
				return "segment override"
			}
		case x86asm.PrefixREP:
			switch x.Op {
			case x86asm.MOVSB, x86asm.MOVSW, x86asm.MOVSD, x86asm.MOVSQ,
				x86asm.STOSB, x86asm.STOSW, x86asm.STOSD, x86asm.STOSQ,
				x86asm.TZCNT, x86asm.BSF, x86asm.PAUSE:
			default:
				return "repeat prefix"
			}
		case x86asm.PrefixREPN, x86asm.PrefixBND, x86asm.PrefixXACQUIRE, x86asm.PrefixXRELEASE:
			return "repeat prefix"
		}
	}
	return ""
}

// operands refuses every register but the sixteen general ones: segment,
// control, debug, x87 and vector registers.
func operands(x *x86asm.Inst) string {
	for _, a := range x.Args {
		switch a := a.(type) {
		case nil:
		case x86asm.Reg:
			if a > x86asm.R15 {
				return fmt.Sprintf("use of register %s", strings.ToLower(a.String()))
			}
		case x86asm.Mem:
			switch a.Segment {
			case 0, x86asm.GS:
			case x86asm.CS:
				if x.Op != x86asm.NOP {
					return "segment override"
				}
			case x86asm.ES, x86asm.DS:
				// Implied by string instructions; overrides were refused.
			default:
				return "segment override"
			}
			if (a.Base > x86asm.R15 && a.Base != x86asm.RIP) || a.Index > x86asm.R15 {
				return "vector index"
			}
		case x86asm.Imm, x86asm.Rel:
		default:
			return "operand kind"
		}
	}
	return ""
}

// relocShape checks that relocations change operands only, never the opcode,
// prefixes, or addressing form: the instruction must decode alike whatever
// the field holds.
func (c *checker) relocShape(in *Inst) string {
	if len(in.Relocs) == 0 {
		return ""
	}
	text := c.o.Section(image.TextSection)
	prev := in.Off
	for _, r := range in.Relocs {
		n, ok := image.RelocSize(r.Type)
		if !ok || r.Off < prev || r.Off+n > in.End() {
			return "relocation reaches outside the instruction"
		}
		prev = r.Off + n
	}
	for _, fill := range []byte{0x00, 0x7f, 0xff} {
		code := slices.Clone(text.Data[in.Off:in.End()])
		for _, r := range in.Relocs {
			n, _ := image.RelocSize(r.Type)
			for i := range n {
				code[r.Off-in.Off+i] = fill
			}
		}
		x, _, err := Decode(code)
		if err != nil || x.Op != in.X.Op || x.Len != in.X.Len || !sameShape(&x, &in.X) {
			return "relocation inside the instruction's opcode"
		}
	}
	return ""
}

func sameShape(a, b *x86asm.Inst) bool {
	if a.Prefix != b.Prefix || a.Opcode>>24 != b.Opcode>>24 {
		return false
	}
	for i := range a.Args {
		if reflect.TypeOf(a.Args[i]) != reflect.TypeOf(b.Args[i]) {
			return false
		}
		switch p := a.Args[i].(type) {
		case x86asm.Reg:
			if p != b.Args[i] {
				return false
			}
		case x86asm.Mem:
			q := b.Args[i].(x86asm.Mem)
			p.Disp, q.Disp = 0, 0
			if p != q {
				return false
			}
		}
	}
	return true
}

// branch checks where a direct jump or call goes.
func (c *checker) branch(f *Function, in *Inst) string {
	if n := in.X.PCRel; len(in.Relocs) == 1 && (n != 4 || in.Relocs[0].Off != in.Off+uint64(in.X.PCRelOff)) {
		return "relocation is not the branch target"
	}
	t, ok := in.Target()
	if !ok {
		return "branch target is not a function"
	}
	if t.Extern == "" {
		if _, inside := f.index[t.Off]; inside && !in.IsCall() {
			return ""
		}
		if c.starts[t.Off] != nil {
			return ""
		}
		return fmt.Sprintf("branch to .text+%#x, which is not the start of an instruction of this function or of another function", t.Off)
	}
	switch {
	case t.Extern == "__x86_return_thunk":
		if !in.IsJmp() {
			return "return thunk is not jumped to"
		}
	case slices.Contains(abi.Thunks, t.Extern):
		if !in.IsCall() && !in.IsJmp() {
			return "conditional indirect branch"
		}
	default:
		if _, ok := abi.FuncBySymbol(t.Extern); !ok {
			return fmt.Sprintf("branch to %s, which is not a function of the ABI", t.Extern)
		}
	}
	return ""
}

// gs checks accesses to per-CPU data: only the abi.CPU struct, by a constant
// offset, and of its fields only ArenaNext is written.
func (c *checker) gs(in *Inst) string {
	mem, arg, ok := gsOperand(&in.X)
	var cpu *image.Reloc
	for i := range in.Relocs {
		if in.Relocs[i].Sym.Undefined() && in.Relocs[i].Sym.Name == abi.CPUSymbol {
			cpu = &in.Relocs[i]
		}
	}
	if !ok {
		if cpu != nil {
			return "per-CPU data is used without the GS segment"
		}
		return ""
	}
	if cpu == nil {
		return "GS segment without a relocation to " + abi.CPUSymbol
	}
	if mem.Index != 0 || (mem.Base != 0 && mem.Base != x86asm.RIP) {
		return "GS access with a variable offset"
	}
	off := cpu.Addend + pcBias(in, *cpu)
	// x86asm reads the field's bytes as part of the displacement only in its
	// text; the addend is all there is in an object with addends.
	if off < 0 || off+int64(max(in.X.MemBytes, 1)) > int64(reflect.TypeFor[abi.CPU]().Size()) {
		return "GS access outside " + abi.CPUSymbol
	}
	if writes(&in.X, arg) && !(off == arenaNext && in.X.MemBytes == 8) {
		return "write to a field of " + abi.CPUSymbol + " other than ArenaNext"
	}
	return ""
}

var arenaNext = func() int64 {
	f, _ := reflect.TypeFor[abi.CPU]().FieldByName("ArenaNext")
	return int64(f.Offset)
}()

func gsOperand(x *x86asm.Inst) (x86asm.Mem, int, bool) {
	for i, a := range x.Args {
		if m, ok := a.(x86asm.Mem); ok && m.Segment == x86asm.GS {
			return m, i, true
		}
	}
	return x86asm.Mem{}, 0, false
}

// writes reports whether an instruction may write its memory operand arg.
func writes(x *x86asm.Inst, arg int) bool {
	switch x.Op {
	case x86asm.XCHG, x86asm.XADD:
		return true
	}
	if arg != 0 || readOnlyMem[x.Op] {
		return false
	}
	if imm, ok := x.Args[1].(x86asm.Imm); ok && imm == 0 && (x.Op == x86asm.OR || x.Op == x86asm.ADD) {
		return false // LLVM's fence: lock orl $0, (%rsp)
	}
	return true
}

// pcBias returns what a PC-relative relocation's addend lacks to be an offset
// from its symbol: the distance from the field to the end of the instruction.
func pcBias(in *Inst, r image.Reloc) int64 {
	switch r.Type {
	case elf.R_X86_64_PC32, elf.R_X86_64_PLT32, elf.R_X86_64_PC64:
		return int64(in.End() - r.Off)
	}
	return 0
}

// address checks a relocation that makes an address a value, in code or data.
func (c *checker) address(r image.Reloc, bias int64) string {
	s := r.Sym
	switch {
	case s.Undefined() && s.Name == abi.CPUSymbol:
		if bias == 0 && r.Type == elf.R_X86_64_64 {
			return "address of " + abi.CPUSymbol + " is taken"
		}
		return "" // gs has checked it
	case s.Undefined():
		if strings.HasPrefix(s.Name, abi.MapPrefix) || strings.HasPrefix(s.Name, abi.FieldPrefix) || strings.HasPrefix(s.Name, abi.HasPrefix) {
			return ""
		}
		return fmt.Sprintf("address of external function %s is taken", s.Name)
	case s.Abs:
		return fmt.Sprintf("use of absolute symbol %s", s.Name)
	case s.Section.Flags&elf.SHF_ALLOC == 0:
		return fmt.Sprintf("address in section %s, which is not loaded", s.Section.Name)
	case s.Section.Name == image.TextSection:
		f := c.starts[s.Value+uint64(r.Addend+bias)]
		if f == nil {
			return "address inside a function is taken"
		}
		if !f.Insts[0].Endbr {
			return fmt.Sprintf("address of %s is taken, but it does not start with endbr64", f.Name)
		}
	}
	return ""
}
