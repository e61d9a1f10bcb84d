// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"fmt"
	"reflect"
	"sync"
)

// viewable remembers the types that View has checked.
var viewable sync.Map // reflect.Type -> struct{}

// checkView panics unless T may be viewed over bytes. In the rex build the
// compiler's check stage decides it.
func checkView[T any]() {
	t := reflect.TypeFor[T]()
	if _, ok := viewable.Load(t); ok {
		return
	}
	if bad := reference(t); bad != "" {
		panic(fmt.Sprintf("rex.View: %s holds a reference: %s", t, bad))
	}
	viewable.Store(t, struct{}{})
}

// checkMap panics unless the types can be those of a map with maxEntries
// entries; key is nil for kinds without a key parameter.
func checkMap(kind string, key, value reflect.Type, maxEntries int) {
	announce(kind)
	if maxEntries <= 0 {
		panic(fmt.Sprintf("rex.New%s: maxEntries is %d, not positive", kind, maxEntries))
	}
	if key != nil {
		if bad := reference(key); bad != "" {
			panic(fmt.Sprintf("rex.New%s: key %s holds a reference: %s", kind, key, bad))
		}
		if bad := unhashable(key); bad != "" {
			panic(fmt.Sprintf("rex.New%s: key %s has %s: equal keys could differ in their bytes", kind, key, bad))
		}
		if key.Size() == 0 {
			panic(fmt.Sprintf("rex.New%s: key %s has no size", kind, key))
		}
	}
	if bad := reference(value); bad != "" {
		panic(fmt.Sprintf("rex.New%s: value %s holds a reference: %s", kind, value, bad))
	}
	if value.Size() == 0 {
		panic(fmt.Sprintf("rex.New%s: value %s has no size", kind, value))
	}
}

// reference returns the first component of t that makes it not NoRef.
func reference(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer, reflect.UnsafePointer, reflect.Slice, reflect.String, reflect.Map,
		reflect.Func, reflect.Chan, reflect.Interface:
		return t.String()
	case reflect.Array:
		return reference(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if bad := reference(t.Field(i).Type); bad != "" {
				return "field " + t.Field(i).Name + " " + bad
			}
		}
	}
	return ""
}

// unhashable returns why t's bytes do not decide equality: the kernel compares
// keys as bytes.
func unhashable(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return "a floating-point component"
	case reflect.Array:
		return unhashable(t.Elem())
	case reflect.Struct:
		end := uintptr(0)
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Offset != end {
				return "padding before field " + f.Name
			}
			if bad := unhashable(f.Type); bad != "" {
				return bad
			}
			end = f.Offset + f.Type.Size()
		}
		if end != t.Size() {
			return "padding at the end"
		}
	}
	return ""
}
