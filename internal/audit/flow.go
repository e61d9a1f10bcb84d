// SPDX-License-Identifier: Apache-2.0

package audit

import "github.com/rex-go/rex/internal/abi"

// markNoReturn finds the calls that never return. LLVM works out which
// functions of a module cannot, and puts nothing behind their calls.
//
// A function may return if from its entry a return, or a jump to something
// that may return, can be reached. It begins with none and adds until nothing
// changes, so a function is left out only if no sequence of instructions leads
// out of it.
func markNoReturn(funcs []*Function) {
	starts := map[uint64]*Function{}
	for _, f := range funcs {
		starts[f.Start] = f
	}
	returns := map[*Function]bool{}
	mayReturn := func(t Target) bool {
		if t.Extern != "" {
			f, ok := abi.FuncBySymbol(t.Extern)
			return !ok || !f.NoReturn
		}
		f := starts[t.Off]
		return f == nil || returns[f]
	}
	for changed := true; changed; {
		changed = false
		for _, f := range funcs {
			if !returns[f] && f.reachesExit(mayReturn) {
				returns[f] = true
				changed = true
			}
		}
	}
	for _, f := range funcs {
		for i := range f.Insts {
			in := &f.Insts[i]
			if t, ok := in.Target(); ok && in.IsCall() {
				in.noReturn = !mayReturn(t)
			}
		}
	}
}

func (f *Function) reachesExit(mayReturn func(Target) bool) bool {
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
		t, direct := in.Target()
		if in.IsBranch() && !in.IsCall() {
			to, inside := f.index[t.Off]
			switch {
			case direct && t.Extern == "" && inside:
				work = append(work, to)
			case !direct || mayReturn(t):
				return true
			}
		}
		if in.IsJmp() || (in.IsCall() && direct && !mayReturn(t)) {
			continue
		}
		work = append(work, i+1)
	}
	return false
}
