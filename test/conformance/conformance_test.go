// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/diag"
	"github.com/rex-go/rex/test/native"
)

// TestSample runs a part of what make conformance runs: tests all over the
// suite that must agree, and some that must be refused.
func TestSample(t *testing.T) {
	const wantPlain, wantOther = 44, 16
	files, err := suite("")
	if errors.Is(err, os.ErrNotExist) {
		t.Skip(err) // some packagings of Go leave its tests out
	}
	if err != nil {
		t.Fatal(err)
	}
	var lists [2][]*file
	for _, f := range files {
		switch {
		case f.Plain:
			lists[0] = append(lists[0], f)
		case built(f.src):
			lists[1] = append(lists[1], f)
		}
	}
	var sample []*file
	for i, n := range []int{wantPlain, wantOther} {
		if len(lists[i]) < n {
			t.Fatalf("only %d tests of kind %d", len(lists[i]), i)
		}
		for j := range n {
			sample = append(sample, lists[i][j*len(lists[i])/n])
		}
	}
	results := runAll(t.Context(), sample, 2, run, func(result) {})
	agree := 0
	for _, r := range results {
		if r.third() {
			t.Errorf("%s: %s: %s", r.Name, r.Outcome, short(r.Detail))
		}
		if r.Plain && r.Outcome == "refused" {
			t.Errorf("%s is refused: %s", r.Name, r.Detail)
		}
		if r.Outcome == "agree" {
			agree++
		}
	}
	if agree < wantPlain*9/10 {
		t.Errorf("only %d tests agree", agree)
	}
}

func TestAction(t *testing.T) {
	for src, want := range map[string]string{
		"// run\n\npackage main\n":                                 "run [] []",
		"// run -gcflags=-l=4\n\npackage main\n":                   "run [-gcflags=-l=4] []",
		"//go:build cgo\n\n// run\npackage main\n":                 "run [] []",
		"// run b.go\npackage main\n":                              "run [] [b.go]",
		"// runoutput\n\npackage main\n":                           "no",
		"// errorcheck\n":                                          "no",
		"// Copyright\n\n// run\n":                                 "no",
		"package main\n\n// run\n":                                 "no",
		"// run -gcflags=\"-l\" -gcflags=all=\"-N -l\"\npackage x": "run [-gcflags=-l -gcflags=all=-N -l] []",
	} {
		flags, files, ok := action([]byte(src))
		got := "no"
		if ok {
			got = fmt.Sprint("run ", flags, files)
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", src, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for src, want := range map[string]bool{
		"package main\nimport \"strings\"\nvar _ = strings.Index\n": true,
		"package main\nimport \"fmt\"\n":                            false,
		"package main\nfunc f() { go f() }\n":                       false,
		"package main\nvar c chan int\n":                            false,
		"package main\nvar f = 1.5\n":                               false,
		"package main\nfunc f() { defer func() { recover() }() }\n": false,
		"package main\nfunc main() { println(1) }\n":                true,
	} {
		if got := plain([]byte(src)); got != want {
			t.Errorf("%q: plain %v, want %v", src, got, want)
		}
	}
	if built([]byte("//go:build cgo\n\npackage main\n")) || !built([]byte("//go:build linux && amd64\n\npackage main\n")) {
		t.Error("build constraints are misjudged")
	}
}

// TestJudge: what is neither agreement nor a refusal is seen as such.
func TestJudge(t *testing.T) {
	ok := native.End{Output: "1\n", Panic: "panic: x", Exit: 2, Frames: []string{"p.go:3"}}
	with := func(change func(*native.End)) native.End {
		e := ok
		change(&e)
		return e
	}
	for want, got := range map[string][]native.End{
		"agree": {ok, with(func(e *native.End) { e.Frames = []string{"other.go:3"} })},
		"differ": {
			with(func(e *native.End) { e.Output = "2\n" }),
			with(func(e *native.End) { e.Panic = "panic: y" }),
			with(func(e *native.End) { e.Exit = 1 }),
			with(func(e *native.End) { e.Frames = []string{"p.go:4"} }),
		},
		"crash": {with(func(e *native.End) { e.Trouble = "fault: signal 11" })},
		"hang":  {with(func(e *native.End) { e.Trouble = "time limit" })},
	} {
		for _, e := range got {
			if outcome, detail := compare(e, ok); outcome != want {
				t.Errorf("%+v: %s (%s), want %s", e, outcome, detail, want)
			}
		}
	}
	list := func(pos token.Position, code diag.Code) error {
		var l diag.List
		l.Add(pos, code, "", "message")
		return l
	}
	here := token.Position{Filename: "p.go", Line: 1, Column: 1}
	for want, errs := range map[string][]error{
		"refused":  {list(here, diag.Channel)},
		"internal": {list(here, diag.Internal), list(here, diag.TypeError), list(token.Position{}, diag.Channel), errors.New("llc failed")},
	} {
		for _, err := range errs {
			if outcome, _ := refusal(context.Background(), err); outcome != want {
				t.Errorf("%v: %s, want %s", err, outcome, want)
			}
		}
	}
	var buf bytes.Buffer
	f := &file{Name: "a.go", Plain: true}
	if write(&buf, []result{{f, "agree", ""}, {f, "differ", "x"}}) || !strings.Contains(buf.String(), "1 third outcome; 1 of 2 plain tests agree") {
		t.Errorf("summary:\n%s", buf.String())
	}
	if !write(&buf, []result{{f, "agree", ""}, {f, "refused", "REX0101 line 3: x"}}) {
		t.Error("a refusal fails the suite")
	}
}

func TestDocument(t *testing.T) {
	plain := &file{Name: "a.go", Plain: true}
	text := document([]result{{plain, "agree", ""}, {plain, "skipped", "a | b"}, {&file{Name: "b.go"}, "refused", "REX0101 line 3: x"}})
	for _, want := range []string{
		"3 files of go1", "there are 2 such files, of which 1 agree", "| agree | 1 | 1 | 0 |", "| REX0101 | go statement | 1 |", "| a.go | skipped | a \\| b |", "0 did anything else",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
