// SPDX-License-Identifier: Apache-2.0

package stale

import (
	"fmt"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// instance is a function with the functions that callers pass to it, where these
// are known: what an iterator does depends on the loop's body.
type instance struct {
	f *ssa.Function
	// funcs has one for each parameter, nil where any may be passed.
	funcs []*ssa.Function
}

func (in *instance) key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%p", in.f)
	for i, f := range in.funcs {
		if f != nil {
			fmt.Fprintf(&b, " %d:%p", i, f)
		}
	}
	return b.String()
}

// function returns the function that a value is, nil if that is not known.
func (in *instance) function(v ssa.Value) *ssa.Function {
	switch v := v.(type) {
	case *ssa.Function:
		return v
	case *ssa.MakeClosure:
		return v.Fn.(*ssa.Function)
	case *ssa.ChangeType:
		return in.function(v.X)
	case *ssa.Parameter:
		for i, p := range in.f.Params {
			if p == v && i < len(in.funcs) {
				return in.funcs[i]
			}
		}
	}
	return nil
}

// callees returns what a call may run.
func (fn *function) callees(c ssa.CallInstruction) []*ssa.Function {
	common := c.Common()
	if !common.IsInvoke() {
		if f := fn.function(common.Value); f != nil {
			return []*ssa.Function{f}
		}
	}
	return fn.Callees(common)
}

// instance returns a callee with what a call passes to it.
func (fn *function) callee(c ssa.CallInstruction, f *ssa.Function) *instance {
	callee := &instance{f: f}
	args := arguments(c)
	for i, p := range f.Params {
		if _, ok := p.Type().Underlying().(*types.Signature); !ok || i >= len(args) {
			continue
		}
		if passed := fn.function(args[i]); passed != nil {
			if callee.funcs == nil {
				callee.funcs = make([]*ssa.Function, len(f.Params))
			}
			callee.funcs[i] = passed
		}
	}
	return callee
}

// arguments returns what a call passes, the receiver first.
func arguments(c ssa.CallInstruction) []ssa.Value {
	common := c.Common()
	if common.IsInvoke() {
		return append([]ssa.Value{common.Value}, common.Args...)
	}
	return common.Args
}
