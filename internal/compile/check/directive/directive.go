// SPDX-License-Identifier: Apache-2.0

// Package directive parses the //rex: comments that make a function a program.
//
//	//rex:xdp [option...]
//	//rex:tc [option...]
//	//rex:kprobe FUNC [option...]
//	//rex:kretprobe FUNC [option...]
//	//rex:tracepoint CATEGORY/NAME [option...]
//	//rex:perfevent [option...]
//
// Options are timeout=DURATION (1ms to 10s), arena=SIZE (1KiB to 1MiB) and
// onpanic=stop|continue. A further "//" begins a comment.
package directive

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rex-go/rex/internal/abi"
)

// Prefix starts every directive.
const Prefix = "//rex:"

// Limits of the options.
const (
	MinTimeout = time.Millisecond
	MaxTimeout = 10 * time.Second
	MinArena   = 1 << 10
	MaxArena   = 1 << 20
)

// Directive is a parsed program directive.
type Directive struct {
	Type abi.ProgramType
	// Attach is the kernel function or CATEGORY/NAME; empty for types that
	// have no argument.
	Attach  string
	Timeout time.Duration
	Arena   uint32 // bytes
	OnPanic abi.PanicPolicy
}

// Kind describes one directive.
type Kind struct {
	Name string
	Type abi.ProgramType
	// Arg is the argument's name in messages, empty when there is none.
	Arg     string
	pattern *regexp.Regexp
}

// function is what a kernel function's name may look like; compilers append
// ".isra.0" and the like.
var function = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

// Kinds lists the program directives.
var Kinds = []Kind{
	{Name: "xdp", Type: abi.ProgramXDP},
	{Name: "tc", Type: abi.ProgramTC},
	{Name: "kprobe", Type: abi.ProgramKprobe, Arg: "FUNC", pattern: function},
	{Name: "kretprobe", Type: abi.ProgramKretprobe, Arg: "FUNC", pattern: function},
	{Name: "tracepoint", Type: abi.ProgramTracepoint, Arg: "CATEGORY/NAME", pattern: regexp.MustCompile(`^[A-Za-z0-9_-]+/[A-Za-z0-9_-]+$`)},
	{Name: "perfevent", Type: abi.ProgramPerfEvent},
}

// KindOf returns the kind for a program type.
func KindOf(t abi.ProgramType) Kind {
	for _, k := range Kinds {
		if k.Type == t {
			return k
		}
	}
	return Kind{}
}

// Error says what is wrong with a directive.
type Error struct {
	// Offset is the byte offset of the culprit in the comment's text.
	Offset int
	// Unknown: the directive's name is not known, as opposed to a fault in
	// its argument or options.
	Unknown bool
	Message string
	Hint    string
}

func (e *Error) Error() string { return e.Message }

// Is reports whether a comment's text is meant as a directive.
func Is(text string) bool { return strings.HasPrefix(text, Prefix) }

// Name returns the word after the prefix.
func Name(text string) string {
	name, _ := strings.CutPrefix(text, Prefix)
	if i := strings.IndexAny(name, " \t"); i >= 0 {
		name = name[:i]
	}
	return name
}

// Parse parses the text of a comment for which Is is true.
func Parse(text string) (Directive, *Error) {
	d := Directive{
		Timeout: abi.DefaultBudgetMillis * time.Millisecond,
		Arena:   abi.DefaultArena,
		OnPanic: abi.PolicyStop,
	}
	name := Name(text)
	var kind Kind
	for _, k := range Kinds {
		if k.Name == name {
			kind = k
		}
	}
	if kind.Name == "" {
		return d, &Error{
			Offset: len(Prefix), Unknown: true,
			Message: fmt.Sprintf("unknown directive %s%s", Prefix, name),
			Hint:    "program directives are " + names(),
		}
	}
	d.Type = kind.Type
	words := fields(text, len(Prefix)+len(name))
	if kind.Arg != "" {
		if len(words) == 0 || strings.Contains(words[0].text, "=") {
			return d, &Error{
				Offset:  len(Prefix),
				Message: fmt.Sprintf("%s%s needs an argument", Prefix, name),
				Hint:    fmt.Sprintf("write %s%s %s", Prefix, name, kind.Arg),
			}
		}
		if !kind.pattern.MatchString(words[0].text) {
			return d, &Error{
				Offset:  words[0].offset,
				Message: fmt.Sprintf("%q is not a valid %s", words[0].text, kind.Arg),
				Hint:    fmt.Sprintf("write %s%s %s", Prefix, name, kind.Arg),
			}
		}
		d.Attach = words[0].text
		words = words[1:]
	}
	seen := map[string]bool{}
	for _, w := range words {
		key, value, ok := strings.Cut(w.text, "=")
		if !ok {
			return d, &Error{
				Offset:  w.offset,
				Message: fmt.Sprintf("%s%s takes no argument %q", Prefix, name, w.text),
				Hint:    optionHint,
			}
		}
		if seen[key] {
			return d, &Error{Offset: w.offset, Message: fmt.Sprintf("option %s is given twice", key)}
		}
		seen[key] = true
		if err := d.set(key, value); err != nil {
			err.Offset = w.offset
			return d, err
		}
	}
	return d, nil
}

const optionHint = "options are timeout=50ms, arena=64KiB and onpanic=stop or onpanic=continue"

func (d *Directive) set(key, value string) *Error {
	switch key {
	case "timeout":
		t, err := time.ParseDuration(value)
		if err != nil {
			return &Error{Message: fmt.Sprintf("timeout %q is not a duration", value), Hint: "write for example timeout=50ms"}
		}
		if t < MinTimeout || t > MaxTimeout {
			return &Error{Message: fmt.Sprintf("timeout %s is outside %s to %s", value, MinTimeout, MaxTimeout)}
		}
		d.Timeout = t
	case "arena":
		n, ok := parseSize(value)
		if !ok {
			return &Error{Message: fmt.Sprintf("arena size %q is not a number of bytes", value), Hint: "write for example arena=64KiB, arena=1MiB or arena=4096"}
		}
		if n < MinArena || n > MaxArena {
			return &Error{Message: fmt.Sprintf("arena size %s is outside 1KiB to 1MiB", value)}
		}
		if n%16 != 0 {
			return &Error{Message: fmt.Sprintf("arena size %s is not a multiple of 16 bytes", value)}
		}
		d.Arena = uint32(n)
	case "onpanic":
		switch value {
		case "stop":
			d.OnPanic = abi.PolicyStop
		case "continue":
			d.OnPanic = abi.PolicyContinue
		default:
			return &Error{Message: fmt.Sprintf("onpanic=%s is neither onpanic=stop nor onpanic=continue", value)}
		}
	default:
		return &Error{Message: fmt.Sprintf("unknown option %q", key), Hint: optionHint}
	}
	return nil
}

// parseSize reads a decimal number with an optional KiB or MiB.
func parseSize(s string) (int64, bool) {
	unit := int64(1)
	if rest, ok := strings.CutSuffix(s, "KiB"); ok {
		s, unit = rest, 1<<10
	} else if rest, ok := strings.CutSuffix(s, "MiB"); ok {
		s, unit = rest, 1<<20
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0, false
	}
	return int64(n) * unit, true
}

type word struct {
	text   string
	offset int
}

// fields splits text[from:] at blanks and remembers where each word starts.
func fields(text string, from int) []word {
	var out []word
	start := -1
	for i := from; i <= len(text); i++ {
		blank := i == len(text) || text[i] == ' ' || text[i] == '\t' || text[i] == '\r'
		switch {
		case blank && start >= 0:
			if strings.HasPrefix(text[start:i], "//") {
				return out
			}
			out = append(out, word{text[start:i], start})
			start = -1
		case !blank && start < 0:
			start = i
		}
	}
	return out
}

func names() string {
	var s []string
	for _, k := range Kinds {
		n := Prefix + k.Name
		if k.Arg != "" {
			n += " " + k.Arg
		}
		s = append(s, n)
	}
	return strings.Join(s, ", ")
}
