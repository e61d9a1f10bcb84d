// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cilium/ebpf/btf"
)

// ErrNoField: the kernel's struct has no member of that name.
var ErrNoField = errors.New("no such member")

// FieldError says which struct member this kernel lacks. It wraps ErrNoType
// when the whole struct is missing, ErrNoField when the member is, and is of
// another kind when the member has no byte offset.
type FieldError struct {
	Struct string
	Field  string
	Err    error
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("look up struct %s.%s in kernel BTF: %v", e.Struct, e.Field, e.Err)
}

func (e *FieldError) Unwrap() error { return e.Err }

// maxNesting bounds how deep members of anonymous structs are searched, so
// that malformed BTF cannot recurse for ever.
const maxNesting = 16

// FieldOffset returns the offset in bytes of a member of a kernel struct or
// union. Nested members are joined by dots ("sk.sk_family" is inside an
// embedded struct, never behind a pointer); members of anonymous structs and
// unions are found by their own name. The error is a *FieldError. Results are
// remembered.
func (b *BTF) FieldOffset(structName, field string) (uint32, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := [2]string{structName, field}
	r, ok := b.offsets[key]
	if !ok {
		r.off, r.err = b.fieldOffset(structName, field)
		if r.err != nil {
			r.err = &FieldError{structName, field, r.err}
		}
		b.offsets[key] = r
	}
	return r.off, r.err
}

func (b *BTF) fieldOffset(structName, field string) (uint32, error) {
	types, err := b.spec.AnyTypesByName(structName)
	if err != nil && !errors.Is(err, btf.ErrNotFound) {
		return 0, err
	}
	// Different source files may have private structs of the same name. The
	// answer counts only if those that have the member agree.
	var found, seen bool
	var off uint32
	missing := ErrNoType
	for _, t := range types {
		if members(t) == nil {
			continue
		}
		seen = true
		o, err := path(t, field)
		if err != nil {
			missing = err
			continue
		}
		if found && o != off {
			return 0, errors.New("the kernel has several structs of that name, which differ in it")
		}
		found, off = true, o
	}
	switch {
	case found:
		return off, nil
	case seen:
		return 0, missing
	}
	return 0, ErrNoType
}

// path follows the dot-separated names from t.
func path(t btf.Type, field string) (uint32, error) {
	var off btf.Bits
	names := strings.Split(field, ".")
	for i, name := range names {
		if i > 0 && members(t) == nil {
			return 0, fmt.Errorf("%s is not a struct or union: %w %q", strings.Join(names[:i], "."), ErrNoField, name)
		}
		m, o, ok := find(t, name, maxNesting)
		if !ok {
			return 0, fmt.Errorf("%w %q", ErrNoField, name)
		}
		if m.BitfieldSize != 0 {
			return 0, fmt.Errorf("member %q is a bit field", name)
		}
		off += o
		t = btf.UnderlyingType(m.Type)
	}
	if off%8 != 0 {
		return 0, fmt.Errorf("member %q does not start at a byte", field)
	}
	return off.Bytes(), nil
}

// find looks for a named member of t, in anonymous structs and unions too.
// The offset is from the start of t.
func find(t btf.Type, name string, depth int) (btf.Member, btf.Bits, bool) {
	if depth == 0 || name == "" {
		return btf.Member{}, 0, false
	}
	for _, m := range members(t) {
		if m.Name == name {
			return m, m.Offset, true
		}
		if m.Name != "" {
			continue
		}
		if r, o, ok := find(btf.UnderlyingType(m.Type), name, depth-1); ok {
			return r, m.Offset + o, true
		}
	}
	return btf.Member{}, 0, false
}

// members returns the members of a struct or union; nil for anything else.
func members(t btf.Type) []btf.Member {
	switch t := t.(type) {
	case *btf.Struct:
		return t.Members
	case *btf.Union:
		return t.Members
	}
	return nil
}
