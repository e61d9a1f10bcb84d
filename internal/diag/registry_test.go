// SPDX-License-Identifier: Apache-2.0

package diag

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestRegistryComplete: every constant of type Code has exactly one entry, in
// the order of the codes.
func TestRegistryComplete(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := map[Code]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, v := range spec.Values {
			s, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			if other, dup := declared[Code(s)]; dup {
				t.Errorf("%s and %s are both %s", other, spec.Names[i].Name, s)
			}
			declared[Code(s)] = spec.Names[i].Name
		}
		return true
	})
	if len(declared) < 30 {
		t.Fatalf("found only %d codes", len(declared))
	}
	form := regexp.MustCompile(`^REX[0-9]{4}$`)
	var last Code
	for _, g := range Groups() {
		for _, e := range g.Entries {
			if declared[e.Code] == "" {
				t.Errorf("%s is documented twice, or not a code", e.Code)
			}
			delete(declared, e.Code)
			if !form.MatchString(string(e.Code)) || e.Code <= last {
				t.Errorf("%s is malformed or does not follow %s in order", e.Code, last)
			}
			last = e.Code
			if e.Title == "" || e.Why == "" || e.Way == "" {
				t.Errorf("%s: title, reason or way out is missing", e.Code)
			}
			// An example: wrong source and right source, or a command.
			switch {
			case (e.Bad == "") == (e.Shell == ""):
				t.Errorf("%s: want an example, as source or as a command", e.Code)
			case (e.Bad == "") != (e.Good == ""):
				t.Errorf("%s: want the wrong example done right", e.Code)
			case e.Shell != "" && !strings.Contains(e.Shell, "["+string(e.Code)+"]"):
				t.Errorf("%s: the example ends otherwise", e.Code)
			}
		}
	}
	for code, name := range declared {
		t.Errorf("%s (%s) has no entry", name, code)
	}
}
