// SPDX-License-Identifier: Apache-2.0

package object

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/audit"
	"github.com/rex-go/rex/internal/image"
)

// polls counts the polls of each function.
func polls(t *testing.T, o *image.Object) map[string]int {
	t.Helper()
	funcs, err := audit.Functions(o)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, f := range funcs {
		for i := range f.Insts {
			if isPoll(&f.Insts[i]) {
				out[f.Name]++
			}
		}
	}
	return out
}

// loop wraps a body that begins and ends in blocks of its own into a loop
// that runs n times; names must be unique in the function.
func loop(name, n, body string) string {
	return fmt.Sprintf(`  br label %%%[1]s.pre
%[1]s.pre:
  br label %%%[1]s.head
%[1]s.head:
  %%%[1]s.i = phi i64 [0, %%%[1]s.pre], [%%%[1]s.next, %%%[1]s.end]
%[3]s  br label %%%[1]s.end
%[1]s.end:
  %%%[1]s.next = add i64 %%%[1]s.i, 1
  %%%[1]s.more = icmp ult i64 %%%[1]s.next, %[2]s
  br i1 %%%[1]s.more, label %%%[1]s.head, label %%%[1]s.done
%[1]s.done:
`, name, n, body)
}

const (
	variable = "@p.n = internal global i64 3\n"
	load     = "  %n = load volatile i64, ptr @p.n\n"
	touch    = "  store volatile i64 1, ptr @p.n\n"
)

func TestPolls(t *testing.T) {
	double := func(name string) string { return call(name) + strings.ReplaceAll(call(name), "%c.", "%d.") }
	var chain []string
	for i := range 24 {
		chain = append(chain, fn("internal", fmt.Sprintf("p.c%d", i), double(fmt.Sprintf("p.c%d", i+1))+frame2))
	}
	chain = append(chain, fn("internal", "p.c24", touch))

	for _, tt := range []struct {
		name string
		ir   string
		want map[string]int
	}{
		{"straight", program(touch) + variable, map[string]int{}},
		{"calls", program(call("p.a")+frame2, fn("internal", "p.a", touch)) + variable, map[string]int{}},
		{"short loop", program(loop("l", "50", touch)) + variable, map[string]int{}},
		{"long loop", program(loop("l", "1000", touch)) + variable, map[string]int{"p.Prog": 1}},
		{"loop of unknown length", program(load+loop("l", "%n", touch)) + variable, map[string]int{"p.Prog": 1}},
		{"loop that calls", program(load+loop("l", "%n", call("p.a")), fn("internal", "p.a", touch)) + variable, map[string]int{"p.Prog": 1}},
		{"short in long", program(load+loop("l", "%n", loop("k", "50", touch))) + variable, map[string]int{"p.Prog": 1}},
		{"two short loops nested", program(loop("l", "50", loop("k", "50", touch))) + variable, map[string]int{}},
		{"endless loop", program("  br label %l\nl:\n"+touch+"  br label %l\nm:\n") + variable, map[string]int{"p.Prog": 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := polls(t, mustCompile(t, tt.ir))
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("polls %v, want %v", got, tt.want)
			}
		})
	}

	// The numbers of polls are LLVM's business here; that there are some is
	// not.
	t.Run("five short loops nested", func(t *testing.T) {
		// 50 to the fifth is long, although each loop is short.
		ir := program(loop("l", "50", loop("k", "50", loop("j", "50", loop("i", "50", loop("h", "50", touch))))))
		if got := polls(t, mustCompile(t, ir+variable)); got["p.Prog"] < 4 {
			t.Errorf("polls %v", got)
		}
	})
	t.Run("doubling calls", func(t *testing.T) {
		got := polls(t, mustCompile(t, program(call("p.c0")+frame2, chain...)+variable))
		if got["p.c0"] == 0 || got["p.c20"] == 0 {
			t.Errorf("polls %v", got)
		}
	})
	t.Run("loop with two entries", func(t *testing.T) {
		body := load + `  %odd = trunc i64 %n to i1
  br i1 %odd, label %a, label %b
a:
  store volatile i64 1, ptr @p.n
  %x = load volatile i64, ptr @p.n
  %ax = icmp eq i64 %x, 77
  br i1 %ax, label %out, label %b
b:
  store volatile i64 2, ptr @p.n
  %y = load volatile i64, ptr @p.n
  %by = icmp eq i64 %y, 78
  br i1 %by, label %out, label %a
out:
`
		if got := polls(t, mustCompile(t, program(body)+variable)); got["p.Prog"] < 2 {
			t.Errorf("polls %v", got)
		}
	})
	t.Run("call that never returns", func(t *testing.T) {
		// What stands behind such a call in memory does not follow it.
		o := mustCompile(t, program(load+"  %c = icmp eq i64 %n, 0\n  br i1 %c, label %bad, label %good\nbad:\n  call void @p.fail()\n  unreachable\ngood:\n"+loop("l", "%n", touch),
			`define internal void @p.fail() #1 gc "statepoint-example" {
  call void @rex_panic(i32 1, i64 0, i64 0)
  unreachable
}
`)+variable)
		if got := polls(t, o); got["p.Prog"] != 1 || got["p.fail"] != 0 {
			t.Errorf("polls %v", got)
		}
	})
	t.Run("recursion", func(t *testing.T) {
		ir := program(call("p.r"), fn("internal", "p.r", guard(8)+call("p.r")+strings.ReplaceAll(call("p.r"), "%c.", "%d.")+frame2))
		if got := polls(t, mustCompile(t, ir)); got["p.r"] == 0 {
			t.Errorf("polls %v", got)
		}
	})
}

// TestNoPoll: code that place-safepoints was kept from is refused.
func TestNoPoll(t *testing.T) {
	endless := program("  br label %l\nl:\n"+touch+"  br label %l\nm:\n") + variable
	_, err := compile(t, strings.ReplaceAll(endless, `gc "statepoint-example"`, ""))
	if !errors.Is(err, ErrPoll) || !strings.Contains(err.Error(), "the loop at p.Prog+") {
		t.Errorf("an endless loop: %v", err)
	}
	recursive := program(call("p.r"), fn("internal", "p.r", guard(8)+call("p.r")+strings.ReplaceAll(call("p.r"), "%c.", "%d.")+frame2))
	_, err = compile(t, strings.ReplaceAll(recursive, `gc "statepoint-example"`, ""))
	if !errors.Is(err, ErrPoll) || !strings.Contains(err.Error(), "p.r calls itself") {
		t.Errorf("recursion: %v", err)
	}
}

func TestWithoutPolls(t *testing.T) {
	got := withoutPolls([]byte("define internal void @a.b(i32 %x) nounwind {\n" +
		"define i32 @\"p.(*T).m\"(ptr %x) #1 {\n" +
		"define i32 @\"p.\\22q\"() #1 {\n" +
		"declare void @other()\n" +
		"define i32 @fine() #1 gc \"statepoint-example\" {\n"))
	if want := map[string]bool{"a.b": true, "p.(*T).m": true, `p."q`: true}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestAtomicLoop: the retry loops of atomic operations need no poll.
func TestAtomicLoop(t *testing.T) {
	o := mustCompile(t, program("  %v = atomicrmw nand ptr @p.n, i64 5 seq_cst\n")+variable)
	if got := polls(t, o); got["p.Prog"] != 0 {
		t.Errorf("polls %v", got)
	}
}
