// SPDX-License-Identifier: Apache-2.0

// Package locks finds the SDK's locks in types.
package locks

import (
	"go/types"

	"github.com/rex-go/rex/internal/compile/source"
)

// Name is the lock's type in package rex.
const Name = "SpinLock"

// Is reports whether t is the lock type itself.
func Is(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == Name && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == source.SDKPath
}

// In reports whether a value of type t holds a lock: itself, in an array or in
// a struct. A type parameter holds none; what it stands for is looked at where
// it is instantiated.
func In(t types.Type) bool {
	if Is(t) {
		return true
	}
	if _, ok := types.Unalias(t).(*types.TypeParam); ok || t == nil {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Array:
		return In(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if In(f.Type()) {
				return true
			}
		}
	}
	return false
}

// Offsets returns the byte offsets of the locks in a value of type t. Of the
// locks in an array it returns the first two only: any more are too many.
func Offsets(sizes types.Sizes, t types.Type) []int64 {
	if Is(t) {
		return []int64{0}
	}
	if !In(t) {
		return nil
	}
	var all []int64
	add := func(base int64, t types.Type) {
		for _, off := range Offsets(sizes, t) {
			all = append(all, base+off)
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Array:
		for i := range min(u.Len(), 2) {
			add(i*sizes.Sizeof(u.Elem()), u.Elem())
		}
	case *types.Struct:
		var fields []*types.Var
		for f := range u.Fields() {
			fields = append(fields, f)
		}
		for i, off := range sizes.Offsetsof(fields) {
			add(off, fields[i].Type())
		}
	}
	return all
}
