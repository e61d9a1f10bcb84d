// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// problemPattern matches the lines by which a kernel reports that something is
// wrong with it (kernel/panic.c, lib/bug.c, kernel/watchdog.c,
// kernel/rcu/tree_stall.h, mm/kasan, lib/ubsan.c, kernel/locking/lockdep.c,
// mm/kmemleak.c), or that it has given up looking. "Call Trace:" stands for
// whatever else prints a stack.
var problemPattern = regexp.MustCompile(`WARNING: ` +
	`|\bBUG: |kernel BUG at|\bOops\b|Kernel panic|Call Trace:` +
	`|INFO: (task .* blocked|rcu_\w* (self-)?detected|trying to register|possible recursive)` +
	`|rcu: .*(self-detected stall|detected stalls|kthread starved)` +
	`|soft lockup|hard LOCKUP|unable to handle|UBSAN: |KASAN: |KCSAN: |KFENCE: |possible circular locking|inconsistent lock state` +
	`|suspicious RCU usage|Unpatched return thunk|refcount_t: |list_(add|del) corruption|scheduling while atomic` +
	`|lockdep is turned off|new suspected memory leaks|Kernel memory leak detector disabled` +
	`|rex-vm: (mount|find|make|move|enter)`)

// Problem is one line of the kernel log that reports a misbehaving kernel.
type Problem struct {
	Line int // from 1
	Text string
}

// KernelError says that the guest's kernel misbehaved.
type KernelError struct {
	Problems []Problem
	LogPath  string
}

// Error names the first problem; %+v prints all of them.
func (e *KernelError) Error() string {
	s := fmt.Sprintf("check kernel log: %s", e.Problems[0].Text)
	if n := len(e.Problems) - 1; n > 0 {
		s += fmt.Sprintf(" (and %d more lines)", n)
	}
	return fmt.Sprintf("%s (kernel log: %s)", s, e.LogPath)
}

// Format implements fmt.Formatter.
func (e *KernelError) Format(f fmt.State, verb rune) {
	fmt.Fprint(f, e.Error())
	if verb == 'v' && f.Flag('+') {
		for _, p := range e.Problems {
			fmt.Fprintf(f, "\n%s:%d: %s", e.LogPath, p.Line, p.Text)
		}
	}
}

// ScanLog returns what in a kernel log reports a misbehaving kernel.
func ScanLog(log []byte) []Problem {
	var problems []Problem
	line := 0
	for text := range bytes.Lines(log) {
		line++
		if problemPattern.Match(text) {
			problems = append(problems, Problem{Line: line, Text: strings.TrimSpace(string(text))})
		}
	}
	return problems
}

// scanLogFile is ScanLog for a file; a log that cannot be read is a problem.
func scanLogFile(path string) []Problem {
	data, err := os.ReadFile(path)
	if err != nil {
		return []Problem{{Line: 1, Text: err.Error()}}
	}
	return ScanLog(data)
}
