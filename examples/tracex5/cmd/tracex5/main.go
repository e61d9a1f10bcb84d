// SPDX-License-Identifier: Apache-2.0

// Command tracex5 prints a process's system calls with their arguments. With
// -rule, only calls that a rule lets through: a number, and if wanted a
// comparison of an argument (from 0) with a number.
//
//	tracex5 -pid 1234 tracex5.rexo
//	tracex5 -pid 1234 -rule 1:0==2 -rule 257 -rule 10:2&4 tracex5.rexo
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/examples/internal/sysname"
	"github.com/rex-go/rex/examples/tracex5"
	"github.com/rex-go/rex/loader"
)

var ruleForm = regexp.MustCompile(`^(\d{1,3})(?::([0-5])(==|!=|&)(\w{1,18}))?$`)

// parseRule reads NR or NR:ARG OP VALUE.
func parseRule(s string) (nr uint32, r tracex5.Rule, err error) {
	m := ruleForm.FindStringSubmatch(s)
	if m == nil {
		return 0, r, fmt.Errorf("rule %q is not NUMBER or NUMBER:ARGUMENT==VALUE (or !=, &)", s)
	}
	n, _ := strconv.Atoi(m[1])
	if m[2] == "" {
		return uint32(n), r, nil
	}
	r.Op = map[string]tracex5.Op{"==": tracex5.Equal, "!=": tracex5.Unequal, "&": tracex5.AnyOf}[m[3]]
	r.Arg = uint32(m[2][0] - '0')
	if r.Value, err = strconv.ParseUint(m[4], 0, 64); err != nil {
		return 0, r, fmt.Errorf("rule %q: %w", s, err)
	}
	return uint32(n), r, nil
}

func main() {
	var pid uint
	rules := map[uint32]tracex5.Rule{}
	live.App{
		Name: "tracex5",
		Flags: func(fs *flag.FlagSet) {
			fs.UintVar(&pid, "pid", 0, "`process` to look at")
			fs.Func("rule", "print only calls that a `rule` lets through, NUMBER or NUMBER:ARGUMENT==VALUE (or !=, &); may be repeated", func(s string) error {
				nr, r, err := parseRule(s)
				rules[nr] = r
				return err
			})
		},
		Setup: func(ext *loader.Extension) error {
			for nr, r := range rules {
				if err := live.Put(ext, "rules", nr, r); err != nil {
					return err
				}
			}
			if err := live.Put(ext, "strict", uint32(0), uint32(min(len(rules), 1))); err != nil {
				return err
			}
			return live.Put(ext, "only", uint32(0), uint32(pid))
		},
		Watch: func(ctx context.Context, w io.Writer, ext *loader.Extension) error {
			for c, err := range loader.Records[tracex5.Call](ctx, ext, "calls") {
				if err != nil {
					return err
				}
				fmt.Fprintln(w, line(c))
			}
			lost, err := live.Sums(ext, "lost", 1)
			if err == nil && lost[0] > 0 {
				fmt.Fprintf(w, "%d calls are missing\n", lost[0])
			}
			return err
		},
	}.Main()
}

// line is a call's text; the extension knows few names.
func line(c tracex5.Call) string {
	text := string(c.Text[:c.Len])
	unknown := fmt.Sprintf("sys_%d", c.Nr)
	if rest := text[min(len(unknown), len(text)):]; text == unknown+rest {
		text = sysname.Of(int(c.Nr)) + rest
	}
	return fmt.Sprintf("%7d  %s", c.PID, text)
}
