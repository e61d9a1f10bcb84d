// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"go/ast"
	"go/types"
	"reflect"
	"strings"
	"unicode"

	"github.com/rex-go/rex/internal/compile/check/noref"
	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/diag"
)

// recordType returns the type argument of a program's context, nil when it has
// none.
func recordType(fn *types.Func) types.Type {
	ptr, ok := types.Unalias(fn.Signature().Params().At(0).Type()).(*types.Pointer)
	if !ok {
		return nil
	}
	n, ok := types.Unalias(ptr.Elem()).(*types.Named)
	if !ok || n.TypeArgs().Len() != 1 {
		return nil
	}
	return n.TypeArgs().At(0)
}

// validRecord checks the form of a trace record's type: a struct of numbers and
// arrays of them. Whether the kernel's event looks like that is decided at
// load.
func validRecord(p *rule.Pass, fn *ast.FuncDecl, t types.Type) bool {
	const hint = "write a struct with the fields of the event's format file, in their order and sizes"
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		p.Report(fn.Type.Params, diag.RecordType, hint, "trace record %s of program %s is not a struct", p.TypeName(t), fn.Name.Name)
		return false
	}
	if ref := noref.Find(t); ref != nil {
		p.Report(fn.Type.Params, diag.RecordType, hint+"; addresses are uint64", "trace record %s of program %s holds a reference: %s", p.TypeName(t), fn.Name.Name, ref)
		return false
	}
	seen := map[string]bool{}
	for i := range s.NumFields() {
		name := FieldName(s, i)
		switch {
		case name == "":
			continue
		case s.Field(i).Embedded():
			p.Report(fn.Type.Params, diag.RecordType, hint, "trace record %s of program %s embeds %s", p.TypeName(t), fn.Name.Name, s.Field(i).Name())
			return false
		case seen[name]:
			p.Report(fn.Type.Params, diag.RecordType, hint, "trace record %s of program %s has two fields for %s", p.TypeName(t), fn.Name.Name, name)
			return false
		}
		seen[name] = true
	}
	return true
}

// FieldName returns the name that a record's field has in the event's format
// file: what its tag `trace:"name"` says, or its own in snake case. It is empty
// for a blank field, which is padding.
func FieldName(s *types.Struct, i int) string {
	if tag := reflect.StructTag(s.Tag(i)).Get("trace"); tag != "" {
		return tag
	}
	name := s.Field(i).Name()
	if name == "_" {
		return ""
	}
	return snake(name)
}

// snake turns PrevComm into prev_comm and PrevPID into prev_pid.
func snake(s string) string {
	var b strings.Builder
	rs := []rune(s)
	for i, r := range rs {
		if unicode.IsUpper(r) && i > 0 && rs[i-1] != '_' &&
			(!unicode.IsUpper(rs[i-1]) || i+1 < len(rs) && unicode.IsLower(rs[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
