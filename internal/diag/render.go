// SPDX-License-Identifier: Apache-2.0

package diag

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// RenderOptions changes how diagnostics are printed.
type RenderOptions struct {
	// JSON prints one JSON object a line instead of text.
	JSON bool
	// Dir makes file names below it relative; empty leaves them as they are.
	Dir string
	// Source returns the content of a file for the excerpt; nil reads it
	// from disk.
	Source func(file string) ([]byte, error)
}

// Render prints a list: for each diagnostic its place and message, the source
// line with a caret under the place, and the hint.
//
//	filter.go:12:3: go statement is not available in kernel extensions [REX0101]
//		go work()
//		^^^^^^^^^
//		hint: call the function directly
func Render(w io.Writer, l List, opts RenderOptions) error {
	out := bufio.NewWriter(w)
	for _, d := range l {
		d.Pos.Filename = opts.relative(d.Pos.Filename)
		d.End.Filename = opts.relative(d.End.Filename)
		if opts.JSON {
			line, err := json.Marshal(d)
			if err != nil {
				return fmt.Errorf("render diagnostic: %w", err)
			}
			out.Write(line)
			out.WriteByte('\n')
			continue
		}
		if d.Pos.IsValid() || d.Pos.Filename != "" {
			fmt.Fprintf(out, "%s: ", d.Pos)
		}
		fmt.Fprintf(out, "%s [%s]\n", d.Message, d.Code)
		opts.excerpt(out, d)
		if d.Hint != "" {
			fmt.Fprintf(out, "\thint: %s\n", d.Hint)
		}
	}
	return out.Flush()
}

func (o RenderOptions) relative(file string) string {
	if o.Dir == "" || file == "" {
		return file
	}
	if rel, err := filepath.Rel(o.Dir, file); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return file
}

// excerpt prints the source line and marks the place. Tabs before the place
// are kept, so that the mark stands right whatever their width.
func (o RenderOptions) excerpt(w io.Writer, d Diagnostic) {
	line, ok := o.line(d.Pos)
	if !ok || d.Pos.Column < 1 || d.Pos.Column > len(line)+1 {
		return
	}
	before := line[:d.Pos.Column-1]
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	if indent > len(before) {
		indent = len(before)
	}
	mark := 1
	if d.End.Line == d.Pos.Line && d.End.Column > d.Pos.Column && d.End.Column <= len(line)+1 {
		mark = utf8.RuneCountInString(line[d.Pos.Column-1 : d.End.Column-1])
	} else if d.End.Line > d.Pos.Line {
		mark = utf8.RuneCountInString(strings.TrimRight(line[d.Pos.Column-1:], " \t"))
	}
	pad := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, before[indent:])
	fmt.Fprintf(w, "\t%s\n\t%s%s\n", strings.TrimRight(line[indent:], " \t"), pad, strings.Repeat("^", max(mark, 1)))
}

// line returns the source line of a position.
func (o RenderOptions) line(pos token.Position) (string, bool) {
	if pos.Filename == "" || pos.Line < 1 {
		return "", false
	}
	read := o.Source
	if read == nil {
		read = os.ReadFile
	}
	name := pos.Filename
	if o.Dir != "" && !filepath.IsAbs(name) {
		name = filepath.Join(o.Dir, name)
	}
	src, err := read(name)
	if err != nil || bytes.IndexByte(src, 0) >= 0 {
		return "", false
	}
	lines := strings.Split(string(src), "\n")
	if pos.Line > len(lines) {
		return "", false
	}
	return strings.TrimRight(lines[pos.Line-1], "\r"), true
}
