// SPDX-License-Identifier: Apache-2.0

package audit

import "golang.org/x/arch/x86/x86asm"

// neverReturns reports whether an instruction is a call of a function of the
// object that cannot return. LLVM leaves out what would follow.
func (c *checker) neverReturns(in *Inst) bool {
	if !in.IsCall() {
		return false
	}
	t, ok := in.Target()
	return ok && t.Extern == "" && c.starts[t.Off] != nil && !c.returns[c.starts[t.Off]]
}

// findReturns computes which functions may return: those from whose entry a
// return, or a jump to something that may return, can be reached. It begins
// with none and adds until nothing changes, so a function is left out only if
// no sequence of instructions leads out of it.
func (c *checker) findReturns() {
	c.returns = map[*Function]bool{}
	for changed := true; changed; {
		changed = false
		for _, f := range c.funcs {
			if !c.returns[f] && c.reachesExit(f) {
				c.returns[f] = true
				changed = true
			}
		}
	}
}

func (c *checker) reachesExit(f *Function) bool {
	seen := make([]bool, len(f.Insts))
	work := []int{0}
	for len(work) > 0 {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		if i >= len(f.Insts) || seen[i] {
			continue
		}
		seen[i] = true
		in := &f.Insts[i]
		if in.IsBranch() && !in.IsCall() {
			t, _ := in.Target()
			to, inside := f.index[t.Off]
			switch {
			case t.Extern != "":
				if !noReturn(t) {
					return true
				}
			case inside:
				work = append(work, to)
			case c.returns[c.starts[t.Off]]:
				return true
			}
		}
		if in.X.Op != x86asm.JMP && !in.NoReturn() && !c.neverReturns(in) {
			work = append(work, i+1)
		}
	}
	return false
}
