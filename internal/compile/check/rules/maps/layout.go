// SPDX-License-Identifier: Apache-2.0

package maps

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/check/locks"
	"github.com/rex-go/rex/internal/compile/check/noref"
	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/diag"
)

func checkKey(p *rule.Pass, call *ast.CallExpr, key types.Type) {
	if ref := noref.Find(key); ref != nil {
		p.Report(call.Fun, diag.MapReference, "use fixed-size arrays and numbers", "map key type %s holds a reference: %s", p.TypeName(key), ref)
		return
	}
	if why := unequal(p.Source.Sizes, key, ""); why != "" {
		p.Report(call.Fun, diag.MapKey, "the kernel compares keys byte by byte: fill gaps with named fields", "map key type %s %s", p.TypeName(key), why)
		return
	}
	if n := p.Source.Sizes.Sizeof(key); n == 0 || n > MaxKey {
		p.Report(call.Fun, diag.MapSize, "", "map key type %s has %d bytes, outside 1 to %d", p.TypeName(key), n, MaxKey)
	}
}

// checkAddress: a trie compares its keys bit by bit, from the first byte on.
func checkAddress(p *rule.Pass, call *ast.CallExpr, addr types.Type) {
	if ref := noref.Find(addr); ref != nil {
		p.Report(call.Fun, diag.MapReference, "use byte arrays and the address types of package packet", "trie address type %s holds a reference: %s", p.TypeName(addr), ref)
		return
	}
	if n := p.Source.Sizes.Alignof(addr); n != 1 {
		p.Report(call.Fun, diag.MapKey, "use byte arrays and the address types of package packet: they are in network order", "trie address type %s has numbers in this machine's byte order", p.TypeName(addr))
		return
	}
	if n := p.Source.Sizes.Sizeof(addr); n == 0 || n > MaxAddress {
		p.Report(call.Fun, diag.MapSize, "", "trie address type %s has %d bytes, outside 1 to %d", p.TypeName(addr), n, MaxAddress)
	}
}

func checkValue(p *rule.Pass, call *ast.CallExpr, kind abi.MapKind, value types.Type) {
	if ref := noref.Find(value); ref != nil {
		p.Report(call.Fun, diag.MapReference, "what a map holds outlives the memory that a reference points into; use fixed-size arrays and numbers", "map value type %s holds a reference: %s", p.TypeName(value), ref)
		return
	}
	if kind.Exact {
		if why := unequal(p.Source.Sizes, value, ""); why != "" {
			p.Report(call.Fun, diag.MapKey, "the kernel compares these values byte by byte: fill gaps with named fields", "map value type %s %s", p.TypeName(value), why)
			return
		}
	}
	limit := int64(MaxValue)
	if kind.PerCPU {
		limit = MaxPerCPUValue
	}
	if n := p.Source.Sizes.Sizeof(value); n == 0 || n > limit {
		p.Report(call.Fun, diag.MapSize, "", "map value type %s has %d bytes, outside 1 to %d", p.TypeName(value), n, limit)
	}
}

// checkLock finds the lock in a map's values. The kernel knows one lock in a
// value, which it passes over when it copies values, and only for the maps whose
// elements stay in place.
func checkLock(p *rule.Pass, call *ast.CallExpr, kind abi.MapKind, key, value types.Type) *uint32 {
	if locks.In(key) {
		p.Report(call.Fun, diag.LockPlace, "", "map key type %s has a lock", p.TypeName(key))
		return nil
	}
	offsets := locks.Offsets(p.Source.Sizes, value)
	switch {
	case len(offsets) == 0:
		return nil
	case !kind.Lock:
		p.Report(call.Fun, diag.LockPlace, "the values of Hash and Array may have one", "value type %s of a %s has a lock", p.TypeName(value), kind.Name)
		return nil
	case len(offsets) > 1:
		p.Report(call.Fun, diag.LockPlace, "use one lock for the whole value, or two maps", "map value type %s has %d locks, more than one", p.TypeName(value), len(offsets))
		return nil
	}
	off := uint32(offsets[0])
	return &off
}

// Unequal says why equal values of a NoRef type need not have equal bytes, or
// "" when they do.
func Unequal(sizes types.Sizes, t types.Type) string { return unequal(sizes, t, "") }

// unequal says why equal values of a NoRef type need not have equal bytes, or
// "" when they do.
func unequal(sizes types.Sizes, t types.Type, path string) string {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Info()&(types.IsFloat|types.IsComplex) != 0 {
			if path == "" {
				return "is floating-point"
			}
			return fmt.Sprintf("has the floating-point part %s", path)
		}
	case *types.Array:
		return unequal(sizes, u.Elem(), path+"[]")
	case *types.Struct:
		var fields []*types.Var
		for i := range u.NumFields() {
			fields = append(fields, u.Field(i))
		}
		offsets := sizes.Offsetsof(fields)
		end := int64(0)
		for i, f := range fields {
			if offsets[i] != end {
				return fmt.Sprintf("has %d bytes of padding before %s.%s", offsets[i]-end, path, f.Name())
			}
			if why := unequal(sizes, f.Type(), path+"."+f.Name()); why != "" {
				return why
			}
			end = offsets[i] + sizes.Sizeof(f.Type())
		}
		if size := sizes.Sizeof(t); size != end {
			if path == "" {
				return fmt.Sprintf("has %d bytes of padding at its end", size-end)
			}
			return fmt.Sprintf("has %d bytes of padding at the end of %s", size-end, path)
		}
	}
	return ""
}
