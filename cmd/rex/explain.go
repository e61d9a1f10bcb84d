// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/rex-go/rex/internal/diag"
)

func runExplain(_ context.Context, args []string) int {
	fs := newFlags("explain")
	rest, code, ok := parse(fs, args, 0, 1)
	if !ok {
		return code
	}
	if len(rest) == 0 {
		for _, g := range diag.Groups() {
			fmt.Printf("%s\n", g.Title)
			for _, e := range g.Entries {
				fmt.Printf("  %s  %s\n", e.Code, e.Title)
			}
		}
		return exitOK
	}
	e, found := diag.Explain(diag.Code(strings.ToUpper(strings.Trim(rest[0], "[]"))))
	if !found {
		fmt.Fprintf(os.Stderr, "rex explain: no diagnostic has the code %q (rex explain lists them)\n", rest[0])
		return exitFailure
	}
	fmt.Printf("%s: %s\n\n%s\n", e.Code, e.Title, e.Why)
	if e.Bad != "" {
		fmt.Printf("\nFor example:\n\n%s\n", indent(e.Bad))
	}
	if e.Shell != "" {
		fmt.Printf("\nFor example:\n\n%s\n", indent(e.Shell))
	}
	if e.Way != "" {
		fmt.Printf("\n%s\n", e.Way)
	}
	if e.Good != "" {
		fmt.Printf("\nInstead:\n\n%s\n", indent(e.Good))
	}
	return exitOK
}

// indent indents each line that is not empty.
func indent(s string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(s)) {
		if strings.TrimSpace(line) != "" {
			b.WriteByte('\t')
		}
		b.WriteString(line)
	}
	return b.String()
}
