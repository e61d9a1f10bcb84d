// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
)

// escapes decides which variables may live in the frame: those whose address
// goes nowhere but into loads, stores to them, and calls that do not keep it.
// A parameter or captured variable keeps its argument when the analysis of the
// callee says so; all start as "does not" and change until nothing does.
//
// A variable made in a loop shares its place with the one of the previous
// iteration, which must be dead then: its address must not pass a phi.
type escapes struct {
	g     *gen
	leaks map[ssa.Value]bool // *ssa.Parameter, *ssa.FreeVar
	loops map[*ssa.BasicBlock]bool
	memo  map[ssa.Value]bool
}

func (g *gen) escapeAnalysis() *escapes {
	e := &escapes{g: g, leaks: map[ssa.Value]bool{}, loops: map[*ssa.BasicBlock]bool{}, memo: map[ssa.Value]bool{}}
	for changed := true; changed; {
		changed = false
		note := func(v ssa.Value) {
			if !e.leaks[v] && pointery(v.Type()) && e.escape(v, false, map[ssa.Value]bool{}) {
				e.leaks[v] = true
				changed = true
			}
		}
		for _, f := range g.reach.funcs {
			for _, p := range f.Params {
				note(p)
			}
			for _, v := range f.FreeVars {
				note(v)
			}
		}
	}
	return e
}

// pointery reports whether a value of the type can lead to a variable.
func pointery(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Signature:
		return true
	case *types.Basic:
		return u.Kind() == types.UnsafePointer
	}
	return false
}

// heap reports whether the object made by an instruction must outlive the
// function's frame or the iteration.
func (e *escapes) heap(v ssa.Value) bool {
	if r, ok := e.memo[v]; ok {
		return r
	}
	b := v.(ssa.Instruction).Block()
	loop, ok := e.loops[b]
	if !ok {
		loop = inCycle(b)
		e.loops[b] = loop
	}
	r := e.escape(v, loop, map[ssa.Value]bool{})
	e.memo[v] = r
	return r
}

// escape follows v and what is derived from it.
func (e *escapes) escape(v ssa.Value, loop bool, seen map[ssa.Value]bool) bool {
	if seen[v] {
		return false
	}
	seen[v] = true
	refs := v.Referrers()
	if refs == nil {
		return true
	}
	for _, r := range *refs {
		if e.use(v, r, loop, seen) {
			return true
		}
	}
	return false
}

func (e *escapes) use(v ssa.Value, r ssa.Instruction, loop bool, seen map[ssa.Value]bool) bool {
	switch r := r.(type) {
	case *ssa.DebugRef, *ssa.BinOp, *ssa.If, *ssa.Index, *ssa.Lookup:
		return false
	case *ssa.UnOp:
		return false // a load
	case *ssa.Store:
		return r.Val == v
	case *ssa.FieldAddr, *ssa.IndexAddr, *ssa.Slice, *ssa.ChangeType, *ssa.SliceToArrayPointer:
		return e.escape(r.(ssa.Value), loop, seen)
	case *ssa.Convert:
		if isInteger(r.Type()) {
			return true
		}
		if isString(r.Type()) {
			return false // a copy
		}
		return e.escape(r, loop, seen)
	case *ssa.Phi:
		return loop || e.escape(r, loop, seen)
	case *ssa.Call:
		return e.call(v, &r.Call, r, loop, seen)
	case *ssa.Defer:
		if loop || r.Parent().Synthetic != "" {
			return true
		}
		return e.call(v, &r.Call, nil, loop, seen)
	case *ssa.MakeClosure:
		for i, b := range r.Bindings {
			if b == v && e.leaks[r.Fn.(*ssa.Function).FreeVars[i]] {
				return true
			}
		}
		return e.escape(r, loop, seen)
	}
	return true
}

// call decides about v as an argument or as the called closure.
func (e *escapes) call(v ssa.Value, c *ssa.CallCommon, result ssa.Value, loop bool, seen map[ssa.Value]bool) bool {
	if b, ok := c.Value.(*ssa.Builtin); ok {
		switch b.Name() {
		case "len", "cap", "copy", "clear", "print", "println", "delete", "min", "max":
			return false
		case "append":
			if len(c.Args) > 1 && c.Args[1] == v && c.Args[0] != v {
				return false // elements are copied
			}
			return result == nil || e.escape(result, loop, seen)
		case "ssa:wrapnilchk", "SliceData", "Slice", "Add":
			return result == nil || e.escape(result, loop, seen)
		}
		return true
	}
	if c.IsInvoke() {
		return true
	}
	callee := c.StaticCallee()
	if callee == nil {
		for _, a := range c.Args {
			if a == v {
				return true
			}
		}
		return false // v is the closure
	}
	if _, ok := e.g.special(callee); ok {
		return isAtomicPointer(callee) && len(c.Args) > 1
	}
	if callee.Blocks == nil {
		_, ok := abi.FuncByGo(callee.String())
		if ok {
			return false // helpers keep no address
		}
		if callee = e.g.replacement(callee); callee == nil {
			return true
		}
	}
	for i, a := range c.Args {
		if a == v && (i >= len(callee.Params) || !e.g.reach.seen[callee] || e.leaks[callee.Params[i]]) {
			return true
		}
	}
	return false
}

func isAtomicPointer(f *ssa.Function) bool {
	n := f.Name()
	return len(n) > 7 && n[len(n)-7:] == "Pointer"
}
