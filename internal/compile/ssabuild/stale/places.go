// SPDX-License-Identifier: Apache-2.0

package stale

import (
	"go/constant"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// maxDerefs bounds how many pointers lie between a variable and a place.
const maxDerefs = 4

// at returns the fact for a path from a value. A place in memory has one name,
// whichever pointer to it is used: that of the variable, parameter, captured
// variable or call result that it is found from.
func (a *analysis) at(v ssa.Value, path string) fact {
	for strings.Contains(path, "*") {
		if strings.Count(path, "*") > maxDerefs {
			return fact{}
		}
		next := v
		switch x := v.(type) {
		case *ssa.FieldAddr:
			next, path = x.X, "*"+field(x.Field)+strings.TrimPrefix(path, "*")
		case *ssa.IndexAddr:
			next, path = x.X, "*"+element(x.Index)+strings.TrimPrefix(path, "*")
		case *ssa.Field:
			next, path = x.X, field(x.Field)+path
		case *ssa.UnOp:
			if x.Op == token.MUL {
				next, path = x.X, "*"+path
			}
		case *ssa.ChangeType:
			next = x.X
		case *ssa.MakeInterface:
			next = x.X
		case *ssa.ChangeInterface:
			next = x.X
		case *ssa.SliceToArrayPointer:
			next = x.X
		case *ssa.TypeAssert:
			if !x.CommaOk {
				next = x.X
			}
		case *ssa.Slice:
			next = x.X
			if low, ok := x.Low.(*ssa.Const); x.Low != nil && (!ok || !constant.Compare(low.Value, token.EQL, constant.MakeInt64(0))) {
				path = anyElement(path)
			}
		case *ssa.Alloc:
			if rest, ok := strings.CutPrefix(path, "**"); ok {
				if only := onlyValue(x); only != nil {
					next, path = only, "*"+rest
				}
			}
		}
		if next == v {
			break
		}
		v = next
	}
	if a.escaped[v] && strings.Contains(path, "*") {
		return fact{}
	}
	return fact{v, path}
}

func field(i int) string { return "." + strconv.Itoa(i) }

// element is the path of an element; index is any integer.
func element(index ssa.Value) string {
	if c, ok := index.(*ssa.Const); ok && c.Value != nil {
		return "[" + c.Value.ExactString() + "]"
	}
	return "[]"
}

// anyElement forgets which element of what a slice refers to a path begins with.
func anyElement(path string) string {
	if rest, ok := strings.CutPrefix(path, "*["); ok {
		_, rest, _ = strings.Cut(rest, "]")
		return "*[]" + rest
	}
	return path
}

// step cuts the first step off a path.
func step(path string) (first, rest string) {
	if path == "" {
		return "", ""
	}
	if end := strings.IndexAny(path[1:], ".[*#"); end >= 0 {
		return path[:end+1], path[end+1:]
	}
	return path, ""
}

// steps cuts a path into its steps.
func steps(path string) (all []string) {
	for path != "" {
		var first string
		first, path = step(path)
		all = append(all, first)
	}
	return all
}

// match compares paths step by step.
func match(a, b string, same func(x, y string) bool) bool {
	for a != "" && b != "" {
		var x, y string
		x, a = step(a)
		y, b = step(b)
		if !same(x, y) {
			return false
		}
	}
	return a == b
}

// overlap reports whether two paths may lead to the same.
func overlap(a, b string) bool {
	return match(a, b, func(x, y string) bool {
		return x == y || x == "[]" && y[0] == '[' || y == "[]" && x[0] == '['
	})
}

// covers reports whether a stands for all that b does.
func covers(a, b string) bool {
	return match(a, b, func(x, y string) bool { return x == y || x == "[]" && y[0] == '[' })
}

// refers reports whether a value of a type may itself lead to other bytes.
func refers(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Interface:
		return true
	case *types.Basic:
		return u.Kind() == types.UnsafePointer
	}
	return false
}

// leaves returns the paths to the parts of a value that may lead to other bytes.
func leaves(t types.Type) []string { return paths(t, 0) }

// reach is leaves, and the parts of what these lead to.
func reach(t types.Type) []string { return paths(t, 1) }

// maxPaths bounds the work for large types.
const maxPaths = 64

func paths(t types.Type, derefs int) (all []string) {
	add := func(prefix string, t types.Type, derefs int) {
		for _, p := range paths(t, derefs) {
			if len(all) < maxPaths {
				all = append(all, prefix+p)
			}
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		all = append(all, "")
		if derefs > 0 {
			add("*", u.Elem(), derefs-1)
		}
	case *types.Slice:
		all = append(all, "")
		if derefs > 0 {
			add("*[]", u.Elem(), derefs-1)
		}
	case *types.Struct:
		for i := range u.NumFields() {
			add(field(i), u.Field(i).Type(), derefs)
		}
	case *types.Array:
		add("[]", u.Elem(), derefs)
	default:
		if refers(t) {
			all = append(all, "")
		}
	}
	return all
}

// onlyValue returns the only value that is stored to a variable, by its function or
// by closures that capture it; nil when there is more than one, or its address
// goes elsewhere.
func onlyValue(v *ssa.Alloc) ssa.Value {
	only, ok := stored(v, nil)
	if !ok {
		return nil
	}
	return only
}

// stored adds to only what is stored to a variable.
func stored(v ssa.Value, only ssa.Value) (ssa.Value, bool) {
	for _, r := range *v.Referrers() {
		switch r := r.(type) {
		case *ssa.UnOp, *ssa.DebugRef:
		case *ssa.Store:
			if r.Addr != v || only != nil {
				return nil, false
			}
			only = r.Val
		case *ssa.MakeClosure:
			for i, b := range r.Bindings {
				if b != v {
					continue
				}
				x, ok := stored(r.Fn.(*ssa.Function).FreeVars[i], only)
				if !ok {
					return nil, false
				}
				only = x
			}
		default:
			return nil, false
		}
	}
	return only, true
}

// findEscapes finds the variables to which a pointer is stored, other than in a
// variable that never has another value: they have more than one name.
func (a *analysis) findEscapes(f *ssa.Function) {
	for _, b := range f.Blocks {
		for _, i := range b.Instrs {
			s, ok := i.(*ssa.Store)
			if !ok || !refers(s.Val.Type()) || len(reach(s.Val.Type())) == len(leaves(s.Val.Type())) {
				continue
			}
			if v, ok := s.Addr.(*ssa.Alloc); ok && onlyValue(v) == s.Val {
				continue
			}
			if root, ok := a.at(s.Val, "*").root.(*ssa.Alloc); ok {
				a.escaped[root] = true
			}
		}
	}
}
