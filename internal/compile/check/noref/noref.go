// SPDX-License-Identifier: Apache-2.0

// Package noref decides which types hold references.
//
// A reference is anything whose bit pattern the program must not be able to
// choose or to share: pointer, slice, string, map, channel, function,
// interface. A type that transitively holds one can be neither viewed over
// bytes (the bytes would become a pointer), nor stored in a map (it would
// outlive the invocation whose memory it points into), nor changed in a
// package-level variable. uintptr is a number: nothing in the subset turns it
// into a pointer.
package noref

import (
	"fmt"
	"go/types"
)

// Ref says where in a type a reference was found.
type Ref struct {
	// Path leads from the outer type to the reference, for example
	// ".Addr.names[]"; empty when the type itself is one.
	Path string
	// Type is the reference type, or the type parameter about which nothing
	// is known.
	Type types.Type
}

// String is for messages: "field .Addr.names[] of type string".
func (r *Ref) String() string {
	kind := Kind(r.Type)
	if r.Path == "" {
		return "it is " + kind
	}
	return fmt.Sprintf("%s is %s", r.Path, kind)
}

// Kind names the kind of a reference type with its article.
func Kind(t types.Type) string {
	if _, ok := t.(*types.TypeParam); ok {
		return "a type parameter that may hold references"
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return "a pointer"
	case *types.Slice:
		return "a slice"
	case *types.Map:
		return "a Go map"
	case *types.Chan:
		return "a channel"
	case *types.Signature:
		return "a function"
	case *types.Interface:
		return "an interface"
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			return "a string"
		}
		return "an unsafe.Pointer"
	}
	return "a reference"
}

// Find returns the first reference in t, or nil when t holds none.
func Find(t types.Type) *Ref { return find(t, "", every) }

// FindPointer is like Find but passes over strings and functions: what it
// finds is memory that could be written through t.
func FindPointer(t types.Type) *Ref { return find(t, "", writable) }

func every(types.Type) bool { return true }

func writable(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Kind() == types.UnsafePointer
	case *types.Signature:
		return false
	}
	return true
}

func find(t types.Type, path string, want func(types.Type) bool) *Ref {
	found := func() *Ref {
		if want(t) {
			return &Ref{Path: path, Type: t}
		}
		return nil
	}
	if tp, ok := types.Unalias(t).(*types.TypeParam); ok {
		return findParam(tp, path, want)
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Info()&types.IsString != 0 || u.Kind() == types.UnsafePointer || u.Kind() == types.UntypedNil {
			return found()
		}
		return nil
	case *types.Array:
		return find(u.Elem(), path+"[]", want)
	case *types.Struct:
		for i := range u.NumFields() {
			if r := find(u.Field(i).Type(), path+"."+u.Field(i).Name(), want); r != nil {
				return r
			}
		}
		return nil
	case *types.Tuple:
		for i := range u.Len() {
			if r := find(u.At(i).Type(), path, want); r != nil {
				return r
			}
		}
		return nil
	}
	return found()
}

// findParam looks at the type set of a type parameter.
func findParam(tp *types.TypeParam, path string, want func(types.Type) bool) *Ref {
	iface, ok := tp.Constraint().Underlying().(*types.Interface)
	if !ok {
		return &Ref{Path: path, Type: tp}
	}
	terms := 0
	for i := range iface.NumEmbeddeds() {
		u, ok := iface.EmbeddedType(i).(*types.Union)
		if !ok {
			continue
		}
		for j := range u.Len() {
			terms++
			if r := find(u.Term(j).Type(), path, want); r != nil {
				return &Ref{Path: path, Type: tp}
			}
		}
	}
	if terms == 0 {
		return &Ref{Path: path, Type: tp}
	}
	return nil
}
