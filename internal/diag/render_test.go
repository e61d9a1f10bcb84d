// SPDX-License-Identifier: Apache-2.0

package diag

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/token"
	"strings"
	"testing"
)

const file = "package a\n\nfunc f() {\n\tgo  work(\"ü\", 1) // x\n\tselect {\n\t}\n}\n"

func at(line, col int) token.Position {
	return token.Position{Filename: "/src/a/a.go", Line: line, Column: col}
}

func sample() List {
	return List{
		{Code: NoProgram, Message: "package a has no program", Hint: "add one"},
		{Pos: at(4, 2), End: at(4, 19), Code: GoStatement, Message: "go statement", Hint: "call it"},
		{Pos: at(4, 12), Code: Float, Message: "in the middle"},
		{Pos: at(5, 2), End: at(6, 3), Code: Select, Message: "several lines"},
		{Pos: at(99, 1), Code: Select, Message: "no such line"},
		{Pos: token.Position{Filename: "/other/b.go", Line: 1, Column: 1}, Code: Select, Message: "no such file"},
	}
}

func options() RenderOptions {
	return RenderOptions{Dir: "/src/a", Source: func(name string) ([]byte, error) {
		if name != "/src/a/a.go" {
			return nil, errors.New("no such file")
		}
		return []byte(file), nil
	}}
}

const rendered = `package a has no program [REX0201]
	hint: add one
a.go:4:2: go statement [REX0101]
	go  work("ü", 1) // x
	^^^^^^^^^^^^^^^^
	hint: call it
a.go:4:12: in the middle [REX0105]
	go  work("ü", 1) // x
	          ^
a.go:5:2: several lines [REX0103]
	select {
	^^^^^^^^
a.go:99:1: no such line [REX0103]
/other/b.go:1:1: no such file [REX0103]
`

func TestRender(t *testing.T) {
	var out bytes.Buffer
	if err := Render(&out, sample(), options()); err != nil {
		t.Fatal(err)
	}
	if out.String() != rendered {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), rendered)
	}
}

func TestRenderJSON(t *testing.T) {
	var out bytes.Buffer
	opts := options()
	opts.JSON = true
	if err := Render(&out, sample(), opts); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(sample()) {
		t.Fatalf("%d lines, want %d", len(lines), len(sample()))
	}
	var d Diagnostic
	if err := json.Unmarshal([]byte(lines[1]), &d); err != nil {
		t.Fatal(err)
	}
	if d.Pos.Filename != "a.go" || d.Pos.Line != 4 || d.Code != GoStatement || d.Hint != "call it" {
		t.Errorf("got %+v", d)
	}
	if strings.Contains(lines[0], `"end"`) {
		t.Errorf("empty end is printed: %s", lines[0])
	}
}

func TestSortAndDedup(t *testing.T) {
	l := List{
		{Pos: at(5, 1), Code: "REX0102", Message: "b"},
		{Pos: at(4, 9), Code: "REX0102", Message: "a"},
		{Pos: at(5, 1), Code: "REX0101", Message: "b"},
		{Pos: at(4, 9), Code: "REX0102", Message: "a"},
	}
	l.Sort()
	l = l.Dedup()
	var got []string
	for _, d := range l {
		got = append(got, string(d.Code)+d.Message)
	}
	if s := strings.Join(got, " "); s != "REX0102a REX0101b REX0102b" {
		t.Errorf("got %s", s)
	}
	if (List{}).Err() != nil {
		t.Error("an empty list is an error")
	}
}
