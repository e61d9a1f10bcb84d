// SPDX-License-Identifier: Apache-2.0

package readonly

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/rex-go/rex/internal/compile/check/noref"
)

// Input is the program under analysis.
type Input struct {
	// Funcs are the functions reachable from programs, in a fixed order.
	Funcs []*ssa.Function
	// InitFuncs are the functions that package initialisers call, directly or
	// not: who only takes a function's address makes none of its closures.
	InitFuncs []*ssa.Function
	// Callees returns what a call may run, functions without bodies included.
	Callees func(*ssa.CallCommon) []*ssa.Function
	// IsMap reports whether a variable is a map variable.
	IsMap func(*ssa.Global) bool
	// ReadsOnly reports whether a function without a body writes nothing
	// through its arguments and returns no address derived from them.
	ReadsOnly func(*ssa.Function) bool
}

// Place is somewhere in a function.
type Place struct {
	Func *ssa.Function
	Pos  token.Pos
}

// Problem is one rejected operation.
type Problem struct {
	// Trace leads from the operation back to where the address came from.
	Trace []Place
	// Var is the variable, nil when the address was captured by a closure
	// that an initialiser made.
	Var *ssa.Global
	// Direct: the operation names the variable itself.
	Direct bool
	// Op says what is done: "store", "append" and so on.
	Op string
}

// step says why a value is tainted.
type step struct {
	prev  ssa.Value // the value it comes from, nil at a source
	place Place
}

type analysis struct {
	in      Input
	funcs   map[*ssa.Function]bool
	taint   map[ssa.Value]step
	results map[*ssa.Function]map[int]ssa.Value
	extract map[ssa.Value]map[int]step // tainted components of call results
	memory  typeutil.Map               // underlying type -> step
	changed bool
}

// Run returns the operations to reject, in the order of the functions.
func Run(in Input) []Problem {
	a := &analysis{
		in:      in,
		funcs:   map[*ssa.Function]bool{},
		taint:   map[ssa.Value]step{},
		results: map[*ssa.Function]map[int]ssa.Value{},
		extract: map[ssa.Value]map[int]step{},
	}
	for _, f := range in.Funcs {
		a.funcs[f] = true
	}
	a.captured()
	for a.changed = true; a.changed; {
		a.changed = false
		for _, f := range in.Funcs {
			a.function(f)
		}
	}
	var problems []Problem
	for _, f := range in.Funcs {
		problems = append(problems, a.writes(f)...)
	}
	return problems
}

// captured taints what closures made by initialisers captured.
func (a *analysis) captured() {
	for _, f := range a.in.InitFuncs {
		for _, b := range f.Blocks {
			for _, instr := range b.Instrs {
				mc, ok := instr.(*ssa.MakeClosure)
				if !ok {
					continue
				}
				fn := mc.Fn.(*ssa.Function)
				if !a.funcs[fn] {
					continue
				}
				for _, v := range fn.FreeVars {
					a.mark(v, step{place: Place{fn, v.Pos()}})
				}
			}
		}
	}
}

// mark taints v if its type can lead to memory.
func (a *analysis) mark(v ssa.Value, s step) {
	if _, done := a.taint[v]; done || noref.FindPointer(v.Type()) == nil {
		return
	}
	a.taint[v] = s
	a.changed = true
}

// tainted reports whether v is tainted, and is where variables are sources.
func (a *analysis) tainted(v ssa.Value) bool {
	if g, ok := v.(*ssa.Global); ok {
		return a.holdsRefs(g)
	}
	_, ok := a.taint[v]
	return ok
}

func (a *analysis) holdsRefs(g *ssa.Global) bool {
	return noref.Find(g.Type().(*types.Pointer).Elem()) != nil && !a.in.IsMap(g)
}

// flow taints to when from is tainted.
func (a *analysis) flow(to, from ssa.Value, p Place) {
	if a.tainted(from) {
		a.mark(to, step{prev: from, place: p})
	}
}

// function applies the rules to one function once.
func (a *analysis) function(f *ssa.Function) {
	for _, b := range f.Blocks {
		for _, instr := range b.Instrs {
			p := Place{f, instr.Pos()}
			switch i := instr.(type) {
			case *ssa.FieldAddr:
				a.flow(i, i.X, p)
			case *ssa.IndexAddr:
				a.flow(i, i.X, p)
			case *ssa.Slice:
				a.flow(i, i.X, p)
			case *ssa.ChangeType:
				a.flow(i, i.X, p)
			case *ssa.Convert:
				a.flow(i, i.X, p)
			case *ssa.MultiConvert:
				a.flow(i, i.X, p)
			case *ssa.SliceToArrayPointer:
				a.flow(i, i.X, p)
			case *ssa.MakeInterface:
				a.flow(i, i.X, p)
			case *ssa.ChangeInterface:
				a.flow(i, i.X, p)
			case *ssa.TypeAssert:
				a.flow(i, i.X, p)
			case *ssa.Field:
				a.flow(i, i.X, p)
			case *ssa.Index:
				a.flow(i, i.X, p)
			case *ssa.Lookup:
				a.flow(i, i.X, p)
				a.load(i, i.X.Type(), p)
			case *ssa.Range:
				if _, ok := i.X.Type().Underlying().(*types.Map); ok && a.tainted(i.X) {
					a.taintAny(i, step{prev: i.X, place: p})
				}
			case *ssa.Next:
				a.flow(i, i.Iter, p)
			case *ssa.Phi:
				for _, e := range i.Edges {
					a.flow(i, e, p)
				}
			case *ssa.UnOp:
				if i.Op == token.MUL {
					a.flow(i, i.X, p)
					a.load(i, i.Type(), p)
				}
			case *ssa.Extract:
				if s, ok := a.extract[i.Tuple][i.Index]; ok {
					a.mark(i, s)
				}
				a.flow(i, i.Tuple, p)
			case *ssa.Store:
				a.store(i.Val, p)
			case *ssa.MapUpdate:
				a.store(i.Key, p)
				a.store(i.Value, p)
			case *ssa.MakeClosure:
				a.bind(i.Fn.(*ssa.Function), i.Bindings, p)
			case *ssa.Return:
				a.ret(f, i)
			case ssa.CallInstruction:
				a.call(f, i)
			}
		}
	}
}

// taintAny taints a value whose type says nothing, such as an iterator.
func (a *analysis) taintAny(v ssa.Value, s step) {
	if _, done := a.taint[v]; !done {
		a.taint[v] = s
		a.changed = true
	}
}

func (a *analysis) bind(fn *ssa.Function, bindings []ssa.Value, p Place) {
	for i, v := range bindings {
		if i < len(fn.FreeVars) {
			a.flow(fn.FreeVars[i], v, p)
		}
	}
}

func (a *analysis) ret(f *ssa.Function, r *ssa.Return) {
	for i, v := range r.Results {
		if a.tainted(v) && noref.FindPointer(v.Type()) != nil {
			if a.results[f] == nil {
				a.results[f] = map[int]ssa.Value{}
			}
			if a.results[f][i] == nil {
				a.results[f][i] = v
				a.changed = true
			}
		}
	}
}

// call passes taint to parameters and from results.
func (a *analysis) call(f *ssa.Function, call ssa.CallInstruction) {
	common := call.Common()
	p := Place{f, call.Pos()}
	if !p.Pos.IsValid() {
		p.Pos = common.Pos()
	}
	var result ssa.Value // nil for defer
	if v := call.Value(); v != nil {
		result = v
	}
	if b, ok := common.Value.(*ssa.Builtin); ok {
		a.builtin(b, common, result, p)
		return
	}
	args := common.Args
	if common.IsInvoke() {
		args = append([]ssa.Value{common.Value}, args...)
	}
	if mc, ok := common.Value.(*ssa.MakeClosure); ok {
		a.bind(mc.Fn.(*ssa.Function), mc.Bindings, p)
	}
	for _, callee := range a.in.Callees(common) {
		if callee.Blocks == nil {
			if result != nil && !a.in.ReadsOnly(callee) {
				for _, arg := range args {
					a.flow(result, arg, p)
				}
			}
			continue
		}
		for i, arg := range args {
			if i < len(callee.Params) {
				a.flow(callee.Params[i], arg, p)
			}
		}
		if result == nil {
			continue
		}
		for i, v := range a.results[callee] {
			s := step{prev: v, place: p}
			if _, tuple := result.Type().(*types.Tuple); !tuple {
				a.mark(result, s)
				continue
			}
			if a.extract[result] == nil {
				a.extract[result] = map[int]step{}
			}
			if _, done := a.extract[result][i]; !done {
				a.extract[result][i] = s
				a.changed = true
			}
		}
	}
}

// builtin passes taint through builtins, and elements that they copy into
// memory.
func (a *analysis) builtin(b *ssa.Builtin, common *ssa.CallCommon, result ssa.Value, p Place) {
	switch b.Name() {
	case "append":
		if result != nil {
			a.flow(result, common.Args[0], p)
		}
		for _, arg := range common.Args {
			a.elements(arg, p)
		}
	case "copy":
		a.elements(common.Args[1], p)
	case "ssa:wrapnilchk", "Add", "Slice", "SliceData", "String", "StringData":
		if result != nil {
			a.flow(result, common.Args[0], p)
		}
	}
}

// elements stores the elements of a tainted slice.
func (a *analysis) elements(v ssa.Value, p Place) {
	if s, ok := v.Type().Underlying().(*types.Slice); ok && a.tainted(v) {
		a.remember(s.Elem(), step{prev: v, place: p})
	}
}

// store remembers the type of a tainted value that goes to memory.
func (a *analysis) store(v ssa.Value, p Place) {
	if a.tainted(v) {
		a.remember(v.Type(), step{prev: v, place: p})
	}
}

// remember adds a type and its parts to the tainted memory.
func (a *analysis) remember(t types.Type, s step) {
	if noref.FindPointer(t) == nil {
		return
	}
	u := t.Underlying()
	if a.memory.At(u) != nil {
		return
	}
	a.memory.Set(u, s)
	a.changed = true
	switch u := u.(type) {
	case *types.Struct:
		for i := range u.NumFields() {
			a.remember(u.Field(i).Type(), s)
		}
	case *types.Array:
		a.remember(u.Elem(), s)
	}
}

// load taints v when memory of type t, or of a part of it, is tainted.
func (a *analysis) load(v ssa.Value, t types.Type, p Place) {
	if _, done := a.taint[v]; done {
		return
	}
	if s, ok := a.inMemory(t); ok {
		a.mark(v, s)
	}
}

func (a *analysis) inMemory(t types.Type) (step, bool) {
	if noref.FindPointer(t) == nil {
		return step{}, false
	}
	u := t.Underlying()
	if s := a.memory.At(u); s != nil {
		return s.(step), true
	}
	switch u := u.(type) {
	case *types.Struct:
		for i := range u.NumFields() {
			if s, ok := a.inMemory(u.Field(i).Type()); ok {
				return s, true
			}
		}
	case *types.Array:
		return a.inMemory(u.Elem())
	case *types.Map:
		if s, ok := a.inMemory(u.Elem()); ok {
			return s, true
		}
		return a.inMemory(u.Key())
	}
	return step{}, false
}
