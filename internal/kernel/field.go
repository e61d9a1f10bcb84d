// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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

// maxNesting bounds how deep anonymous structs nest and how long chains of
// typedefs are, so that malformed BTF cannot send a search round for ever.
const maxNesting = 16

// maxSteps bounds how many members one search looks at, for the same reason.
const maxSteps = 1 << 20

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

// fieldOffset is FieldOffset without its memory; the caller holds b.mu.
func (b *BTF) fieldOffset(structName, field string) (uint32, error) {
	// Different source files may have private structs of the same name. The
	// answer counts only if those that have the member agree.
	var found bool
	var off uint32
	missing := ErrNoType
	if structName == "" {
		return 0, missing
	}
	ids, ok := b.structs[structName]
	if !ok {
		ids = slices.Collect(b.named(structName, 1<<kindStruct|1<<kindUnion))
		b.structs[structName] = ids
	}
	for _, id := range ids {
		o, err := b.path(b.typ(id), field)
		if err != nil {
			missing = err
			continue
		}
		if found && o != off {
			return 0, errors.New("the kernel has several structs of that name, which differ in it")
		}
		found, off = true, o
	}
	if !found {
		return 0, missing
	}
	return off, nil
}

// path follows the dot-separated names from t and returns an offset in bytes.
func (b *BTF) path(t rawType, field string) (uint32, error) {
	var bits uint32
	names := strings.Split(field, ".")
	for i, name := range names {
		if t == nil {
			return 0, fmt.Errorf("%s is not a struct or union: %w %q", strings.Join(names[:i], "."), ErrNoField, name)
		}
		steps := maxSteps
		m, ok := b.find(t, name, maxNesting, &steps)
		if !ok {
			return 0, fmt.Errorf("%w %q", ErrNoField, name)
		}
		if m.field {
			return 0, fmt.Errorf("member %q is a bit field", name)
		}
		bits += m.bit
		t = b.composite(m.typ)
	}
	if bits%8 != 0 {
		return 0, fmt.Errorf("member %q does not start at a byte", field)
	}
	return bits / 8, nil
}

// find looks for a named member of t, in anonymous structs and unions too. The
// position is from the start of t.
func (b *BTF) find(t rawType, name string, depth int, steps *int) (member, bool) {
	if depth == 0 || name == "" {
		return member{}, false
	}
	for m := range t.members() {
		if *steps--; *steps < 0 {
			return member{}, false
		}
		if m.name != 0 {
			if b.is(m.name, name) {
				return m, true
			}
			continue
		}
		if inner := b.composite(m.typ); inner != nil {
			if r, ok := b.find(inner, name, depth-1, steps); ok {
				r.bit += m.bit
				return r, true
			}
		}
	}
	return member{}, false
}
