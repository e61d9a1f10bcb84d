// SPDX-License-Identifier: Apache-2.0

package kmodbuild

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// Error is a failed build. Error() gives the first message; %+v the whole log.
type Error struct {
	Err     error
	Log     string
	LogPath string // a file with Log; empty when it could not be written
}

// newError summarises a build log. Paths in the temporary directory are shown
// relative to the sources.
func newError(err error, log, dir string) *Error {
	e := &Error{Err: err, Log: strings.ReplaceAll(log, dir+"/", "")}
	if f, ferr := os.CreateTemp("", "rex-kmod-*.log"); ferr == nil {
		if _, ferr := f.WriteString(e.Log); ferr == nil {
			e.LogPath = f.Name()
		}
		f.Close()
	}
	return e
}

func (e *Error) Unwrap() error { return e.Err }

// messages returns the lines of the log that say what is wrong: errors if there
// are any, else warnings, else make's own complaints.
func (e *Error) messages() []string {
	for _, marks := range [][]string{
		{"error:", "ERROR:", "undefined!"}, {"warning:", "WARNING:"}, {"*** ", "No such file"},
	} {
		var out []string
		for line := range strings.Lines(e.Log) {
			for _, m := range marks {
				if strings.Contains(line, m) {
					out = append(out, strings.TrimSpace(line))
					break
				}
			}
		}
		if out != nil {
			return out
		}
	}
	return nil
}

func (e *Error) Error() string {
	s := fmt.Sprintf("build rex.ko: %v", e.Err)
	if lines := e.messages(); len(lines) > 0 {
		s += ": " + lines[0]
		if len(lines) > 1 {
			s += fmt.Sprintf(" (and %d more)", len(lines)-1)
		}
	}
	if e.LogPath != "" {
		s += " (log: " + e.LogPath + ")"
	}
	return s
}

// Format implements fmt.Formatter.
func (e *Error) Format(f fmt.State, verb rune) {
	io.WriteString(f, e.Error())
	if verb == 'v' && f.Flag('+') {
		io.WriteString(f, "\n"+e.Log)
	}
}
