// SPDX-License-Identifier: Apache-2.0

// Package diag holds positioned diagnostics with stable codes.
package diag

import (
	"fmt"
	"go/token"
	"sort"
	"strings"
)

// Diagnostic is one problem found in an extension's source.
type Diagnostic struct {
	Pos  token.Position `json:"pos"`
	End  token.Position `json:"end,omitzero"`
	Code Code           `json:"code"`
	// Message says what is wrong, lower case, without the position.
	Message string `json:"message"`
	// Hint says what to do instead; may be empty.
	Hint string `json:"hint,omitempty"`
}

func (d Diagnostic) Error() string {
	s := fmt.Sprintf("%s: %s [%s]", d.Pos, d.Message, d.Code)
	if d.Hint != "" {
		s += "\n\thint: " + d.Hint
	}
	return s
}

// List is what a stage returns: every problem it found, not only the first.
// A nil or empty List means success.
type List []Diagnostic

// Add appends a diagnostic.
func (l *List) Add(pos token.Position, code Code, hint, format string, args ...any) {
	*l = append(*l, Diagnostic{Pos: pos, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)})
}

// Sort orders by file, line, column, code.
func (l List) Sort() {
	sort.SliceStable(l, func(i, j int) bool {
		a, b := l[i], l[j]
		if a.Pos.Filename != b.Pos.Filename {
			return a.Pos.Filename < b.Pos.Filename
		}
		if a.Pos.Line != b.Pos.Line {
			return a.Pos.Line < b.Pos.Line
		}
		if a.Pos.Column != b.Pos.Column {
			return a.Pos.Column < b.Pos.Column
		}
		return a.Code < b.Code
	})
}

// Err returns the list as an error, nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

func (l List) Error() string {
	var b strings.Builder
	for i, d := range l {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(d.Error())
	}
	return b.String()
}

// Dedup removes diagnostics that say the same at the same place; the list must
// be sorted.
func (l List) Dedup() List {
	var out List
	seen := map[Diagnostic]bool{}
	for _, d := range l {
		if !seen[d] {
			seen[d] = true
			out = append(out, d)
		}
	}
	return out
}
