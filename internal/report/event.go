// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/rex-go/rex/internal/abi"
)

// Kind says what an Event reports.
type Kind string

// The kinds of events. Unknown stands for a record of a newer rex.ko.
const (
	Panic         Kind = "panic"
	Timeout       Kind = "timeout"
	StackOverflow Kind = "stack overflow"
	Log           Kind = "log"
	Lost          Kind = "lost"
	Unknown       Kind = "unknown"
)

var kinds = map[abi.EventKind]Kind{
	abi.EventPanic:         Panic,
	abi.EventTimeout:       Timeout,
	abi.EventStackOverflow: StackOverflow,
	abi.EventLog:           Log,
	abi.EventLost:          Lost,
}

var contexts = map[abi.Context]string{
	abi.ContextTask:    "task",
	abi.ContextSoftirq: "softirq",
	abi.ContextHardirq: "hardirq",
	abi.ContextNMI:     "nmi",
}

// ProgramTypes gives the word for a program type, as in the directive.
var ProgramTypes = map[abi.ProgramType]string{
	abi.ProgramXDP:        "xdp",
	abi.ProgramTC:         "tc",
	abi.ProgramKprobe:     "kprobe",
	abi.ProgramTracepoint: "tracepoint",
	abi.ProgramPerfEvent:  "perfevent",
	abi.ProgramInit:       "init",
	abi.ProgramKretprobe:  "kretprobe",
}

// Frame is one function of a trace.
type Frame struct {
	// Function is the Go name, package and function.
	Function string `json:"function"`
	// File is the source file and Line its line; empty when unknown.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	// Inlined: the function has no stack frame of its own; it was inlined
	// into the next one in the trace.
	Inlined bool `json:"inlined,omitempty"`
	// Offset is the address's offset in the extension's text.
	Offset uint64 `json:"offset"`
}

// Event is one thing that happened in an extension.
type Event struct {
	Seq uint64 `json:"seq"`
	// Time is the system's CLOCK_MONOTONIC.
	Time time.Duration `json:"time_ns"`
	Kind Kind          `json:"kind"`
	// Code is the failed run-time check's number; 0 for logs.
	Code      uint32 `json:"code,omitempty"`
	Extension string `json:"extension"`
	Program   string `json:"program,omitempty"`
	// Type is the program's type: "xdp", "tc", …; empty when the extension's
	// object is not at hand.
	Type string `json:"type,omitempty"`
	CPU  uint32 `json:"cpu"`
	// Context is the kind of context the program ran in: "task", "softirq",
	// "hardirq" or "nmi".
	Context string `json:"context,omitempty"`
	// PID and Comm are the current task's; 0 and empty outside task context.
	PID  uint32 `json:"pid"`
	Comm string `json:"comm,omitempty"`
	// Level is the nesting level; 0 is outermost.
	Level uint32 `json:"level,omitempty"`
	// LogLevel is the level of a log record.
	LogLevel int32 `json:"log_level,omitempty"`
	// Message is the text: of a log record what the program logged; otherwise
	// the message as Go prints it.
	Message string `json:"message"`
	// Frames is the trace, innermost first. Elided says how many stack frames
	// are missing before Frames[ElidedAt].
	Frames   []Frame `json:"frames,omitempty"`
	Elided   int     `json:"elided,omitempty"`
	ElidedAt int     `json:"elided_at,omitempty"`
	// LostCount is how many records were overwritten before they were read.
	LostCount uint64 `json:"lost,omitempty"`
}

// Lookup is what a reader knows about extensions. Nil fields and empty
// answers leave the parts out that they would have filled.
type Lookup struct {
	// Frames returns the functions at an offset in an extension's text,
	// innermost inlined one first. isReturn tells that the offset is a return
	// address, which stands behind the call.
	Frames func(ext string, offset uint64, isReturn bool) []Frame
	// Type returns the word for the type of a program.
	Type func(ext, program string) string
}

// Make turns a record into an Event.
func Make(ev *abi.Event, look Lookup) Event {
	e := Event{
		Seq:       ev.Seq,
		Time:      time.Duration(ev.TimeNanos),
		Kind:      kinds[abi.EventKind(ev.Kind)],
		Extension: text(ev.Ext[:]),
		Program:   text(ev.ProgName[:]),
		CPU:       ev.CPU,
		Context:   contexts[abi.Context(ev.Context)],
		PID:       ev.PID,
		Comm:      text(ev.Comm[:]),
		Level:     ev.Level,
	}
	msg := strings.ToValidUTF8(string(ev.Message[:min(ev.MessageLen, abi.MaxMessage)]), "\uFFFD")
	switch e.Kind {
	case Log:
		e.Message, e.LogLevel = msg, int32(ev.LogLevel)
		return withType(e, look)
	case Lost:
		e.LostCount = ev.Args[0]
		e.Message = fmt.Sprintf("%d events lost", e.LostCount)
		return e
	case "":
		e.Kind = Unknown
		e.Message = fmt.Sprintf("event of unknown kind %d", ev.Kind)
		return e
	}
	e.Code = ev.Code
	e.Message = PanicText(abi.PanicCode(ev.Code), ev.Args[0], ev.Args[1], msg)
	n := int(min(ev.NumFrames, abi.MaxFrames))
	if ev.TotalFrames > uint32(n) {
		e.Elided = int(ev.TotalFrames) - n
	}
	for i, off := range ev.Frames[:n] {
		if e.Elided > 0 && i == max(n-abi.MaxOuterFrames, 0) {
			e.ElidedAt = len(e.Frames)
		}
		e.Frames = append(e.Frames, frames(e, off, i > 0 || e.Kind != Timeout, look)...)
	}
	return withType(e, look)
}

func withType(e Event, look Lookup) Event {
	if look.Type != nil {
		e.Type = look.Type(e.Extension, e.Program)
	}
	return e
}

func frames(e Event, off uint64, isReturn bool, look Lookup) []Frame {
	if look.Frames != nil {
		if fs := look.Frames(e.Extension, off, isReturn); len(fs) > 0 {
			return fs
		}
	}
	return []Frame{{Function: fmt.Sprintf("%s.text+%#x", e.Extension, off), Offset: off}}
}

func text(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// String returns the event as people read it: one line for logs, Go's report
// of a panic for failures. It ends without a line break.
func (e Event) String() string {
	switch e.Kind {
	case Log:
		return fmt.Sprintf("%s.%s: %s", e.Extension, e.Program, e.Message)
	case Lost, Unknown:
		return "rex: " + e.Message
	}
	var b strings.Builder
	b.WriteString(e.Message)
	b.WriteString("\n\n")
	fmt.Fprintf(&b, "extension %s, program %s", e.Extension, e.Program)
	if e.Type != "" {
		fmt.Fprintf(&b, " (%s)", e.Type)
	}
	fmt.Fprintf(&b, ", cpu %d", e.CPU)
	if e.Context != "" {
		b.WriteString(", " + e.Context)
	}
	fmt.Fprintf(&b, ", pid %d", e.PID)
	if e.Comm != "" {
		fmt.Fprintf(&b, " (%s)", e.Comm)
	}
	for i, f := range e.Frames {
		if e.Elided > 0 && i == e.ElidedAt {
			fmt.Fprintf(&b, "\n...%d frames elided...", e.Elided)
		}
		fmt.Fprintf(&b, "\n%s(...)", f.Function)
		if f.File != "" && f.Line > 0 { // compiler-made functions have no line
			fmt.Fprintf(&b, "\n\t%s:%d", f.File, f.Line)
		}
	}
	return b.String()
}

// JSON returns the event as one line of JSON, without a line break.
func (e Event) JSON() []byte {
	b, err := json.Marshal(e)
	if err != nil {
		// Event has only strings, numbers and slices of them.
		panic(err)
	}
	return b
}
