// SPDX-License-Identifier: Apache-2.0

package object

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestUnrollMarks: the loops that are marked, and for how many repetitions.
func TestUnrollMarks(t *testing.T) {
	loop := func(name, body string) string {
		return fmt.Sprintf("  br label %%%[1]s\n\n%[1]s:                                ; preds = %%%[1]s, %%0\n%[2]s  br i1 %%c, label %%%[1]s, label %%%[1]s.out, !dbg !1\n\n%[1]s.out:\n", name, body)
	}
	f := func(name, body string) string {
		return "define i32 @" + name + "(i1 %c) {\n" + body + "  ret i32 0\n}\n\n"
	}
	work := func(n int) string { return strings.Repeat("  store volatile i32 1, ptr @x, align 4\n", n) }
	for _, tt := range []struct {
		name, ir string
		want     []string
	}{
		{"short", f("f", loop("a", work(4))), []string{"a 2"}},
		{"two exits", f("f", loop("a", work(4)+"  br i1 %c, label %a2, label %a.out\n\na2:\n")), []string{"a 8"}},
		{"longer", f("f", loop("a", work(30)+"  br i1 %c, label %a2, label %a.out\n\na2:\n")), []string{"a 4"}},
		{"long", f("f", loop("a", work(200))), nil},
		{"calls", f("f", loop("a", "  call void @g()\n")), nil},
		{"intrinsic", f("f", loop("a", "  %x = call i32 @llvm.bswap.i32(i32 1)\n")), []string{"a 2"}},
		{"copies", f("f", loop("a", "  call void @llvm.memmove.p0.p0.i64(ptr null, ptr null, i64 1, i1 false)\n")), nil},
		{"nested", f("f", loop("a", work(1)+loop("b", work(2)))), []string{"b 2"}},
		{"two functions", f("f", loop("a", work(1))) + f("g", loop("a", work(60))), []string{"a 2", "a 2"}},
		{"decided", f("f", strings.ReplaceAll(loop("a", work(1)), "!dbg !1", "!llvm.loop !1")), nil},
		{"switch", f("f", "  br label %\"a b\"\n\n\"a b\":\n  switch i32 1, label %out [\n    i32 1, label %\"a b\"\n    i32 2, label %out\n  ]\n\nout:\n"), []string{"] 8"}},
		{"two entries", f("f", "  br i1 %c, label %a, label %b\n\na:\n  br i1 %c, label %b, label %o\n\nb:\n  br i1 %c, label %a, label %o\n\no:\n"), nil},
		{"unreachable", f("f", "  ret i32 1\n\na:\n  br label %a\n\no:\n"), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := string(unroll([]byte(tt.ir + "!1 = !{}\n")))
			var got []string
			for _, m := range regexp.MustCompile(`(?m)^  (?:br .*label %(\w+), label .*|(\])), !llvm\.loop (![0-9]+)$`).FindAllStringSubmatch(out, -1) {
				count := regexp.MustCompile(`(?m)^` + m[3] + ` = distinct !\{` + m[3] + `, (![0-9]+)\}$`).FindStringSubmatch(out)
				if count == nil {
					continue // not ours
				}
				n := regexp.MustCompile(`(?m)^` + count[1] + ` = !\{!"llvm.loop.unroll.count", i32 ([0-9]+)\}$`).FindStringSubmatch(out)
				got = append(got, m[1]+m[2]+" "+n[1])
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("marked %q, want %q in\n%s", got, tt.want, out)
			}
		})
	}
}
