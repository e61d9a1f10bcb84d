// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"fmt"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/compile/ir"
)

// closureLayout returns the offsets of the captured values in a closure
// object, which begins with the code's address, and its size.
func (g *gen) closureLayout(f *ssa.Function) ([]int64, int64) {
	vars := []*types.Var{types.NewField(0, nil, "code", types.Typ[types.Uintptr], false)}
	for i, v := range f.FreeVars {
		vars = append(vars, types.NewField(0, nil, "v"+itoa(i), v.Type(), false))
	}
	offs := g.sizes.Offsetsof(vars)
	s := types.NewStruct(vars, nil)
	return offs[1:], g.sizes.Sizeof(s)
}

// makeClosure builds a closure object, in the frame when it does not outlive
// the function.
func (f *fn) makeClosure(m *ssa.MakeClosure) ir.Value {
	callee := m.Fn.(*ssa.Function)
	if len(m.Bindings) == 0 {
		return f.g.funcValue(f, callee)
	}
	offs, size := f.g.closureLayout(callee)
	var obj ir.Value
	if f.g.esc.heap(m) {
		obj = f.arena(ir.Const(ir.I64, size), true)
	} else {
		obj = f.temp(size, 8)
	}
	if !onlyCalled(m) {
		f.f.Store(f.g.ref(callee).Addr(), obj, 8)
	}
	for i, b := range m.Bindings {
		f.store(f.value(b), f.f.Offset(obj, offs[i]), b.Type())
	}
	return obj
}

// onlyCalled reports whether all that happens to a closure is that it is
// called: the calls are direct then, and nobody reads the code's address. It
// must not be stored, lest the function count as callable from anywhere, for
// which ssabuild has not made it check the stack.
func onlyCalled(m *ssa.MakeClosure) bool {
	for _, r := range *m.Referrers() {
		if _, ok := r.(*ssa.DebugRef); ok {
			continue
		}
		call, ok := r.(*ssa.Call)
		if !ok || call.Call.Value != m || slices.Contains(call.Call.Args, ssa.Value(m)) {
			return false
		}
	}
	return true
}

// loadFreeVars reads the captured values on entry; they never change.
func (f *fn) loadFreeVars() {
	offs, _ := f.g.closureLayout(f.ssa)
	for i, v := range f.ssa.FreeVars {
		if f.g.layout(v.Type()).mem {
			f.vals[v] = val{mem: f.f.Offset(f.ctx, offs[i])}
			continue
		}
		f.vals[v] = f.load(f.f.Offset(f.ctx, offs[i]), v.Type(), true)
	}
}

// funcValue is the value of a function that captures nothing: a constant
// object with the address of a thunk that drops the context.
func (g *gen) funcValue(from *fn, f *ssa.Function) ir.Value {
	if _, ok := g.special(f); ok && f.Blocks == nil {
		panic(unsupportedError{f.String() + " as a function value"})
	}
	if f.Blocks == nil {
		if to := g.replacement(f); to != nil {
			f = to
		} else {
			panic(unsupportedError{f.String() + ", which has no Go body, as a function value"})
		}
	}
	target := g.ref(f)
	name := target.Name + "·f"
	if x := g.m.Global(name); x != nil {
		return x.Addr()
	}
	sig := g.signature(paramTypes(f), f.Signature.Results(), true)
	thunk := sig.newFunc(target.Name + "·thunk")
	g.m.AddFunc(thunk)
	g.synthetic(thunk.Name)
	g.helper(thunk)
	args := make([]ir.Value, 0, len(sig.params))
	for i := range sig.params[1:] {
		args = append(args, thunk.Param(i+1))
	}
	thunk.Ret(thunk.Call(target, "", args...))
	return g.m.AddGlobal(&ir.Global{Name: name, Linkage: "internal", Const: true, Type: ir.Ptr, Init: thunk.Addr().Ref, Align: 8})
}

// synthetic records a function that the compiler made.
func (g *gen) synthetic(name string) {
	g.out.Symbols[name] = name
	g.out.Trusted[name] = true
}

// helper starts the body of a compiler-made function.
func (g *gen) helper(x *ir.Func) *fn {
	f := &fn{g: g, f: x, vals: map[ssa.Value]val{}}
	// LLVM drops the lines of what it inlines into a function that has none.
	x.Debug = g.autoSubprogram()
	x.SetLoc(g.m.Meta(fmt.Sprintf("!DILocation(line: 0, scope: %s)", x.Debug)))
	x.SetBlock(x.NewBlock("entry"))
	return f
}
