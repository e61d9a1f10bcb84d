// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/ir"
)

// Deferred calls run where the function returns normally, newest first; a
// panic ends the invocation without them.
//
// When no defer statement of a function can run twice, each has its own place
// in the frame and a flag (an "open-coded" defer). Otherwise, and where the
// body of a range over a function defers into the enclosing function, a
// record goes to a list: {next, thunk, values}.
type deferState struct {
	sites []*deferSite
	list  ir.Value // address of the list's head; empty when open-coded
}

type deferSite struct {
	instr *ssa.Defer
	flag  ir.Value
	slot  ir.Value
	vals  []deferredValue
	size  int64
}

type deferredValue struct {
	v   ssa.Value
	off int64
}

// planDefers decides how the function's defers are kept; the places are made
// in the entry block.
func (f *fn) planDefers(blocks []*ssa.BasicBlock) {
	var sites []*deferSite
	list := false
	for _, b := range blocks {
		for _, instr := range b.Instrs {
			switch instr := instr.(type) {
			case *ssa.Defer:
				sites = append(sites, f.g.deferSite(instr))
				if f.ssa.Parent() != nil && f.ssa.Synthetic != "" || inCycle(b) {
					list = true
				}
			case *ssa.Call:
				// The stack is handed to the body of a range over a function.
				if bi, ok := instr.Call.Value.(*ssa.Builtin); ok && bi.Name() == "ssa:deferstack" && shared(instr) {
					list = true
				}
			}
		}
	}
	if len(sites) == 0 && !list {
		return
	}
	f.defers = &deferState{}
	if list {
		f.defers.list = f.f.Alloca(ir.Ptr, 8)
		f.f.Store(ir.Null, f.defers.list, 8)
		return
	}
	f.defers.sites = inOrder(sites, blocks[0])
	for _, s := range f.defers.sites {
		s.flag = f.f.Alloca(ir.I8, 1)
		f.f.Store(ir.Const(ir.I8, 0), s.flag, 1)
		s.slot = f.temp(max(s.size, 1), 8)
	}
}

// shared reports whether the defer stack is used by another function: it is
// stored in a variable that a closure captures.
func shared(stack *ssa.Call) bool {
	for _, r := range *stack.Referrers() {
		switch r := r.(type) {
		case *ssa.Defer, *ssa.DebugRef:
		case *ssa.Store:
			if a, ok := r.Addr.(*ssa.Alloc); ok {
				for _, u := range *a.Referrers() {
					if _, ok := u.(*ssa.MakeClosure); ok {
						return true
					}
				}
				continue
			}
			return true
		default:
			return true
		}
	}
	return false
}

// inCycle reports whether control can come back to a block.
func inCycle(b *ssa.BasicBlock) bool {
	seen := map[*ssa.BasicBlock]bool{}
	work := append([]*ssa.BasicBlock(nil), b.Succs...)
	for len(work) > 0 {
		x := work[len(work)-1]
		work = work[:len(work)-1]
		if x == b {
			return true
		}
		if !seen[x] {
			seen[x] = true
			work = append(work, x.Succs...)
		}
	}
	return false
}

// inOrder sorts defer sites so that one that can run before another comes
// first: a reverse postorder of the blocks. (Blocks in cycles hold none.)
func inOrder(sites []*deferSite, entry *ssa.BasicBlock) []*deferSite {
	var post []*ssa.BasicBlock
	seen := map[*ssa.BasicBlock]bool{}
	var visit func(b *ssa.BasicBlock)
	visit = func(b *ssa.BasicBlock) {
		seen[b] = true
		for _, s := range b.Succs {
			if !seen[s] {
				visit(s)
			}
		}
		post = append(post, b)
	}
	visit(entry)
	var out []*deferSite
	for i := len(post) - 1; i >= 0; i-- {
		for _, s := range sites {
			if s.instr.Block() == post[i] {
				out = append(out, s)
			}
		}
	}
	return out
}

// deferSite lays out the values that a defer statement evaluates at once:
// the function or interface value, then the arguments.
func (g *gen) deferSite(d *ssa.Defer) *deferSite {
	s := &deferSite{instr: d}
	var vs []ssa.Value
	if needsTarget(&d.Call) {
		vs = append(vs, d.Call.Value)
	}
	vs = append(vs, d.Call.Args...)
	fields := make([]*types.Var, len(vs))
	for i, v := range vs {
		fields[i] = types.NewField(0, nil, "v"+itoa(i), v.Type(), false)
	}
	if len(fields) > 0 {
		offs := g.sizes.Offsetsof(fields)
		for i, v := range vs {
			s.vals = append(s.vals, deferredValue{v, offs[i]})
		}
		s.size = g.sizes.Sizeof(types.NewStruct(fields, nil))
	}
	return s
}

func needsTarget(c *ssa.CallCommon) bool {
	switch c.Value.(type) {
	case *ssa.Builtin, *ssa.Function:
		return false
	}
	return true
}

// lostRunDefers returns the instructions before which deferred calls must run
// although go/ssa has no RunDefers there: it drops them from a function that
// defers only in the bodies of ranges over functions (x/tools v0.52, lift.go
// looks for Defer instructions of the function itself). The place is where the
// builder puts them: before results are read back for the return.
func (f *fn) lostRunDefers(blocks []*ssa.BasicBlock) map[ssa.Instruction]bool {
	if f.defers == nil || f.defers.list.Ref == "" {
		return nil
	}
	places := map[ssa.Instruction]bool{}
	for _, b := range blocks {
		for _, instr := range b.Instrs {
			if _, ok := instr.(*ssa.RunDefers); ok {
				return nil
			}
		}
		n := len(b.Instrs) - 1
		r, ok := b.Instrs[n].(*ssa.Return)
		if !ok || f.ssa.Parent() != nil && f.ssa.Synthetic != "" {
			continue
		}
		for i := len(r.Results) - 1; i >= 0 && n > 0; i-- {
			load, ok := b.Instrs[n-1].(*ssa.UnOp)
			if !ok || load.Op != token.MUL || ssa.Value(load) != r.Results[i] {
				break
			}
			n--
		}
		places[b.Instrs[n]] = true
	}
	return places
}

// deferCall evaluates function and arguments and remembers them.
func (f *fn) deferCall(d *ssa.Defer) {
	if f.defers.list.Ref == "" {
		for _, s := range f.defers.sites {
			if s.instr == d {
				f.saveDeferred(s, s.slot)
				f.f.Store(ir.Const(ir.I8, 1), s.flag, 1)
				return
			}
		}
		panic("defer without a place")
	}
	s := f.g.deferSite(d)
	rec := f.arena(ir.Const(ir.I64, 16+s.size), true)
	head := f.defers.list
	if d.DeferStack != nil {
		head = f.scalar(d.DeferStack)
	}
	f.f.Store(f.f.Load(ir.Ptr, head, 8, ir.Plain), rec, 8)
	f.f.Store(f.deferThunk(s).Addr(), f.f.Offset(rec, 8), 8)
	f.saveDeferred(s, f.f.Offset(rec, 16))
	f.f.Store(rec, head, 8)
}

func (f *fn) saveDeferred(s *deferSite, at ir.Value) {
	for _, v := range s.vals {
		f.store(f.value(v.v), f.f.Offset(at, v.off), v.v.Type())
	}
}

// deferStack is the value that names the function's list of deferred calls.
func (f *fn) deferStack() ir.Value {
	if f.defers == nil || f.defers.list.Ref == "" {
		return ir.Null
	}
	return f.defers.list
}

// returnPos is where Go places the deferred calls of the current block's
// return: at its return statement when the defers are open-coded there too,
// else at the function's closing brace, once for all returns. See state.exit in
// cmd/compile/internal/ssagen.
func (f *fn) returnPos() token.Pos {
	n := len(f.blk.Instrs) - 1
	if r, ok := f.blk.Instrs[n].(*ssa.Return); ok && r.Pos().IsValid() && f.openCoded() {
		if s := leftLoop(f.blk); s != nil && s.Pos() <= r.Pos() && r.Pos() < s.End() {
			return s.Body.Rbrace
		}
		return r.Pos()
	}
	switch s := f.ssa.Syntax().(type) {
	case *ast.FuncDecl:
		return s.Body.Rbrace
	case *ast.FuncLit:
		return s.Body.Rbrace
	}
	return f.pos
}

// openCoded reports whether Go open-codes the function's deferred calls.
func (f *fn) openCoded() bool {
	const maxDefers, maxCopies = 8, 15
	returns := 0
	for _, b := range f.ssa.Blocks {
		if r, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && r.Pos().IsValid() && b != f.ssa.Recover {
			returns++
		}
	}
	n := len(f.defers.sites)
	return f.defers.list.Ref == "" && n <= maxDefers && n*returns <= maxCopies
}

// runDefers runs what was deferred, newest first.
func (f *fn) runDefers() {
	if f.defers == nil {
		return
	}
	f.setPos(f.returnPos())
	if f.defers.list.Ref != "" {
		f.runDeferList()
		return
	}
	for i := len(f.defers.sites) - 1; i >= 0; i-- {
		s := f.defers.sites[i]
		run, next := f.f.NewBlock("defer"), f.f.NewBlock("deferred")
		set := f.f.Load(ir.I8, s.flag, 1, ir.Plain)
		f.f.CondBr(f.f.ICmp("ne", set, ir.Const(ir.I8, 0)), run, next, "")
		f.f.SetBlock(run)
		f.f.Store(ir.Const(ir.I8, 0), s.flag, 1)
		f.callDeferred(s, s.slot)
		if !f.f.Terminated() {
			f.f.Br(next)
		}
		f.f.SetBlock(next)
	}
}

func (f *fn) runDeferList() {
	loop, run, done := f.f.NewBlock("defers"), f.f.NewBlock("defer"), f.f.NewBlock("deferred")
	f.f.Br(loop)
	f.f.SetBlock(loop)
	rec := f.f.Load(ir.Ptr, f.defers.list, 8, ir.Plain)
	f.f.CondBr(f.f.ICmp("ne", rec, ir.Null), run, done, "")
	f.f.SetBlock(run)
	f.f.Store(f.f.Load(ir.Ptr, rec, 8, ir.Plain), f.defers.list, 8)
	f.f.CallPtr(ir.Void, f.f.Load(ir.Ptr, f.f.Offset(rec, 8), 8, ir.Plain), "nomerge", f.f.Offset(rec, 16))
	f.f.Br(loop)
	f.f.SetBlock(done)
}

// deferThunk is the function that makes a deferred call from its record.
func (f *fn) deferThunk(s *deferSite) *ir.Func {
	f.g.uniq++
	name := f.f.Name + "·defer" + itoa(f.g.uniq)
	x := f.g.m.AddFunc(&ir.Func{Name: name, Linkage: "internal", Attrs: baseAttrs, GC: gcName, Params: []ir.Param{{Type: ir.Ptr}}})
	f.g.synthetic(name)
	t := f.g.helper(x)
	t.ssa, t.file, t.pos = f.ssa, f.file, f.pos
	// Its address is taken, so any indirect call may be of it, for all that the
	// object stage can tell; also one in what LLVM puts in place of the call.
	t.stackCheck()
	t.callDeferred(s, x.Param(0))
	if !x.Terminated() {
		x.Ret(ir.Value{})
	}
	return x
}

// callDeferred makes a deferred call with the values at an address.
func (f *fn) callDeferred(s *deferSite, at ir.Value) {
	saved := map[ssa.Value]val{}
	vs := make([]val, len(s.vals))
	for i, v := range s.vals {
		vs[i] = f.part(at, v.off, v.v.Type())
	}
	c := &s.instr.Call
	target := func() val { return val{} }
	if needsTarget(c) {
		first := vs[0]
		target = func() val { return first }
		vs = vs[1:]
	}
	switch callee := c.Value.(type) {
	case *ssa.Builtin:
		// Built-in functions read their operands through the instruction.
		for i, a := range c.Args {
			if old, ok := f.vals[a]; ok {
				saved[a] = old
			}
			f.vals[a] = vs[i]
		}
		f.builtin(&ssa.Call{Call: *c}, callee)
		for _, a := range c.Args {
			delete(f.vals, a)
			if old, ok := saved[a]; ok {
				f.vals[a] = old
			}
		}
		return
	case *ssa.Function:
		if h, ok := f.g.special(callee); ok {
			for i, a := range c.Args {
				f.vals[a] = vs[i]
			}
			h(f, &ssa.Call{Call: *c}, callee)
			return
		}
	}
	if !c.IsInvoke() && c.StaticCallee() == nil {
		f.check(f.f.ICmp("ne", target().s(), ir.Null), abi.PanicNilFunc, zero64, zero64)
	}
	f.callCommon(c, target, vs)
}
