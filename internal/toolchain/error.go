// SPDX-License-Identifier: Apache-2.0

package toolchain

import (
	"fmt"
	"io"
	"strings"
)

// RunError is a tool's failure. Error gives the most telling line of what the
// tool wrote; %+v gives all of it and the command line.
type RunError struct {
	Tool   string
	Args   []string
	Stderr string
	Err    error // *exec.ExitError, or why the process did not start
}

func (e *RunError) Error() string {
	line, more := e.summary()
	s := fmt.Sprintf("run %s: %v", e.Tool, e.Err)
	if line != "" {
		s += ": " + line
	}
	if more > 0 {
		s += fmt.Sprintf(" (%d more lines)", more)
	}
	return s
}

func (e *RunError) Unwrap() error { return e.Err }

// Format prints the whole log for %+v.
func (e *RunError) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('+') {
		fmt.Fprintf(f, "run %s: %v\n\tcommand: %s %s\n", e.Tool, e.Err, e.Tool, strings.Join(e.Args, " "))
		for line := range strings.Lines(e.Stderr) {
			io.WriteString(f, "\t"+strings.TrimRight(line, "\n")+"\n")
		}
		return
	}
	io.WriteString(f, e.Error())
}

// summary picks the first line that says "error", or the first line, and
// counts the others.
func (e *RunError) summary() (line string, more int) {
	var lines []string
	for l := range strings.Lines(e.Stderr) {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	if len(lines) == 0 {
		return "", 0
	}
	line = lines[0]
	for _, l := range lines {
		if strings.Contains(l, "error:") || strings.Contains(l, "LLVM ERROR") || strings.Contains(l, "Assertion") {
			line = l
			break
		}
	}
	if len(line) > 300 {
		line = line[:300] + "…"
	}
	return line, len(lines) - 1
}
