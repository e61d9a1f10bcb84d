// SPDX-License-Identifier: Apache-2.0

// Package stale finds uses of packet slices from before a call that moved the
// packet.
//
// # Why
//
// Such a slice is safe: rex.ko keeps the old bytes until the invocation ends. But
// it may show what the packet no longer has, and what is written to it may be
// lost, so a use of one is almost always a mistake; the eBPF verifier refuses it,
// too.
//
// # The analysis
//
// A value is of the packet if it is a result of Data or Meta of a context, or
// leads to the same bytes: a slice or view of one, an element's address, what a
// function returns that it has made of an argument, a parameter that some call
// passes one to. Within a function it is followed along the control flow: a call
// that moves the packet, or calls a function that may, makes all such values
// stale; making the value anew makes it fresh. Reading, writing, and passing on a
// stale value is a problem.
//
// Values in memory (fields, variables whose address is taken, captured variables)
// are not followed: this finds mistakes, safety does not depend on it.
package stale

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// Input is what the analysis needs to know.
type Input struct {
	// Funcs are the functions of the programs.
	Funcs []*ssa.Function
	// Callees returns what a call may run.
	Callees func(*ssa.CallCommon) []*ssa.Function
	// Source and Moves tell the SDK's functions.
	Source, Moves func(*ssa.Function) bool
}

// Problem is a use of a stale value.
type Problem struct {
	Func *ssa.Function
	Pos  token.Pos
	// Move is the call that moved the packet, Mover what it calls.
	Move  token.Pos
	Mover *ssa.Function
}

// Run returns for each function and each call that moves the packet the first use
// of a stale value.
func Run(in Input) []Problem {
	a := &analysis{Input: in, results: map[*ssa.Function][][]int{}, params: map[*ssa.Function][]bool{}, moving: map[*ssa.Function]bool{}}
	a.findMoving()
	a.summarise()
	a.spread()
	var all []Problem
	for _, f := range in.Funcs {
		all = append(all, a.check(f)...)
	}
	return all
}

type analysis struct {
	Input
	// results has for each result of a function the parameters it is made of.
	results map[*ssa.Function][][]int
	// params says which parameters may be of the packet.
	params map[*ssa.Function][]bool
	// moving are the functions that may move the packet.
	moving map[*ssa.Function]bool
}

func calls(f *ssa.Function) (all []ssa.CallInstruction) {
	for _, b := range f.Blocks {
		for _, i := range b.Instrs {
			if c, ok := i.(ssa.CallInstruction); ok {
				all = append(all, c)
			}
		}
	}
	return all
}

// findMoving goes from the calls up.
func (a *analysis) findMoving() {
	for _, f := range a.Funcs {
		if a.Moves(f) {
			a.moving[f] = true
		}
	}
	for again := true; again; {
		again = false
		for _, f := range a.Funcs {
			if a.moving[f] {
				continue
			}
			for _, c := range calls(f) {
				if a.mover(c) != nil {
					a.moving[f], again = true, true
					break
				}
			}
		}
	}
}

// mover returns what moves the packet in a call, nil when nothing does.
func (a *analysis) mover(c ssa.CallInstruction) *ssa.Function {
	if _, ok := c.(*ssa.Defer); ok {
		return nil
	}
	for _, f := range a.Callees(c.Common()) {
		if a.moving[f] || a.Moves(f) {
			return f
		}
	}
	return nil
}

// summarise finds what results are made of, to a fixed point.
func (a *analysis) summarise() {
	for again := true; again; {
		again = false
		for _, f := range a.Funcs {
			for p, param := range f.Params {
				if !refers(param.Type()) {
					continue
				}
				again = a.note(f, p, a.derived(f, []ssa.Value{param})) || again
			}
		}
	}
}

// note adds parameter p to the results that return one of the values.
func (a *analysis) note(f *ssa.Function, p int, of map[ssa.Value]bool) (changed bool) {
	if a.results[f] == nil {
		a.results[f] = make([][]int, f.Signature.Results().Len())
	}
	for _, b := range f.Blocks {
		ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
		if !ok {
			continue
		}
		for i, v := range ret.Results {
			if of[v] && !slices.Contains(a.results[f][i], p) {
				a.results[f][i] = append(a.results[f][i], p)
				changed = true
			}
		}
	}
	return changed
}

// spread finds the parameters that are passed values of the packet.
func (a *analysis) spread() {
	for again := true; again; {
		again = false
		for _, f := range a.Funcs {
			of := a.ofPacket(f)
			if len(of) == 0 {
				continue
			}
			for _, c := range calls(f) {
				if c.Common().IsInvoke() {
					continue
				}
				for i, arg := range c.Common().Args {
					if !of[arg] {
						continue
					}
					for _, callee := range a.Callees(c.Common()) {
						if a.params[callee] == nil {
							a.params[callee] = make([]bool, len(callee.Params))
						}
						if i < len(callee.Params) && !a.params[callee][i] {
							a.params[callee][i], again = true, true
						}
					}
				}
			}
		}
	}
}

// ofPacket returns the values of a function that are of the packet.
func (a *analysis) ofPacket(f *ssa.Function) map[ssa.Value]bool {
	var from []ssa.Value
	for i, is := range a.params[f] {
		if is {
			from = append(from, f.Params[i])
		}
	}
	for _, c := range calls(f) {
		if v, ok := c.(*ssa.Call); ok && a.source(v) {
			from = append(from, v)
		}
	}
	if len(from) == 0 {
		return nil
	}
	return a.derived(f, from)
}

func (a *analysis) source(c *ssa.Call) bool {
	f := c.Call.StaticCallee()
	return f != nil && a.Source(f)
}

// derived returns the values of f that lead to the same bytes as some.
func (a *analysis) derived(f *ssa.Function, from []ssa.Value) map[ssa.Value]bool {
	of := map[ssa.Value]bool{}
	for _, v := range from {
		of[v] = true
	}
	for again := true; again; {
		again = false
		for _, b := range f.Blocks {
			for _, i := range b.Instrs {
				v, ok := i.(ssa.Value)
				if !ok || of[v] {
					continue
				}
				if slices.ContainsFunc(a.made(i), func(x ssa.Value) bool { return of[x] }) {
					of[v], again = true, true
				}
			}
		}
	}
	return of
}

// made returns the operands whose bytes an instruction's value leads to.
func (a *analysis) made(i ssa.Instruction) []ssa.Value {
	switch i := i.(type) {
	case *ssa.Slice:
		return []ssa.Value{i.X}
	case *ssa.IndexAddr:
		return []ssa.Value{i.X}
	case *ssa.FieldAddr:
		return []ssa.Value{i.X}
	case *ssa.Field:
		return references(i, i.X)
	case *ssa.Phi:
		return i.Edges
	case *ssa.ChangeType:
		return references(i, i.X)
	case *ssa.Convert:
		return references(i, i.X)
	case *ssa.SliceToArrayPointer:
		return []ssa.Value{i.X}
	case *ssa.MakeInterface:
		return []ssa.Value{i.X}
	case *ssa.ChangeInterface:
		return []ssa.Value{i.X}
	case *ssa.TypeAssert:
		return references(i, i.X)
	case *ssa.Extract:
		c, ok := i.Tuple.(*ssa.Call)
		if !ok {
			return references(i, i.Tuple)
		}
		return a.ofCall(c, i.Index)
	case *ssa.Call:
		if b, ok := i.Call.Value.(*ssa.Builtin); ok {
			switch b.Name() {
			case "append", "SliceData", "Add", "Slice":
				return i.Call.Args[:1]
			}
			return nil
		}
		return a.ofCall(i, 0)
	}
	return nil
}

// ofCall returns the arguments that a result of a call is made of.
func (a *analysis) ofCall(c *ssa.Call, result int) (args []ssa.Value) {
	if c.Call.IsInvoke() {
		return nil
	}
	for _, f := range a.Callees(&c.Call) {
		if r := a.results[f]; result < len(r) && refers(f.Signature.Results().At(result).Type()) {
			for _, p := range r[result] {
				if p < len(c.Call.Args) {
					args = append(args, c.Call.Args[p])
				}
			}
		}
	}
	return args
}

// references returns x when the value of i may hold a reference.
func references(i ssa.Value, x ssa.Value) []ssa.Value {
	if refers(i.Type()) {
		return []ssa.Value{x}
	}
	return nil
}

// refers reports whether a type may hold a reference to bytes that change.
func refers(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Interface:
		return true
	case *types.Basic:
		return u.Kind() == types.UnsafePointer
	case *types.Struct:
		for f := range u.Fields() {
			if refers(f.Type()) {
				return true
			}
		}
	case *types.Array:
		return refers(u.Elem())
	case *types.Tuple:
		for v := range u.Variables() {
			if refers(v.Type()) {
				return true
			}
		}
	}
	return false
}
