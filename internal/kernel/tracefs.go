// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Errors of trace events.
var (
	// ErrNoEvent: the kernel has no such trace event.
	ErrNoEvent = errors.New("no such tracepoint")
	// ErrNoTracefs: tracefs is not mounted and cannot be.
	ErrNoTracefs = errors.New("no tracefs")
)

// EventFormat is the layout of a trace event's record.
type EventFormat struct {
	Fields []EventField
	// Common is how many bytes the fields common to all events take; the
	// event's own follow. Size is where the last of these ends.
	Common, Size uint32
}

// EventField is one field of an event.
type EventField struct {
	// Name is the field's, Decl its declaration in C.
	Name, Decl   string
	Offset, Size uint32
	Signed       bool
}

// Field returns the event's own field of that name.
func (f *EventFormat) Field(name string) (EventField, bool) {
	for _, e := range f.Fields {
		if e.Name == name && e.Offset >= f.Common {
			return e, true
		}
	}
	return EventField{}, false
}

// tracefs returns where tracefs is mounted, mounting it when it is not.
func tracefs() (string, error) {
	const magic = unix.TRACEFS_MAGIC
	for _, dir := range []string{"/sys/kernel/tracing", "/sys/kernel/debug/tracing"} {
		var st unix.Statfs_t
		if unix.Statfs(dir, &st) == nil && st.Type == magic {
			return dir, nil
		}
	}
	const dir = "/sys/kernel/tracing"
	if err := unix.Mount("tracefs", dir, "tracefs", 0, ""); err != nil {
		return "", fmt.Errorf("%w: mount %s: %w", ErrNoTracefs, dir, err)
	}
	return dir, nil
}

// TraceEvent reads the layout of an event, named CATEGORY/NAME. The error
// matches ErrNoEvent or ErrNoTracefs, or is that of reading the file.
func TraceEvent(event string) (*EventFormat, error) {
	root, err := tracefs()
	if err != nil {
		return nil, fmt.Errorf("tracepoint %s: %w", event, err)
	}
	if !filepath.IsLocal(event) {
		return nil, fmt.Errorf("%w %q", ErrNoEvent, event)
	}
	f, err := os.Open(filepath.Join(root, "events", event, "format"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w %s (%s lists them)", ErrNoEvent, event, filepath.Join(root, "available_events"))
	}
	if err != nil {
		return nil, fmt.Errorf("tracepoint %s: %w", event, err)
	}
	defer f.Close()
	format, err := parseFormat(f)
	if err != nil {
		return nil, fmt.Errorf("tracepoint %s: read format: %w", event, err)
	}
	return format, nil
}

// parseFormat reads a format file: lines such as
//
//	field:pid_t prev_pid;	offset:24;	size:4;	signed:1;
//
// The first block of fields, up to an empty line, is common to all events.
func parseFormat(r io.Reader) (*EventFormat, error) {
	f := &EventFormat{}
	common, blocks := true, 0
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		rest, ok := strings.CutPrefix(line, "field:")
		if !ok {
			if line == "" && len(f.Fields) > 0 {
				common = false
				blocks++
			}
			continue
		}
		e, err := parseField(rest)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		end := e.Offset + e.Size
		if common {
			f.Common = max(f.Common, end)
		}
		f.Size = max(f.Size, end)
		f.Fields = append(f.Fields, e)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if blocks == 0 {
		return nil, errors.New("no fields")
	}
	return f, nil
}

func parseField(s string) (EventField, error) {
	var e EventField
	parts := strings.Split(s, ";")
	e.Decl = strings.TrimSpace(parts[0])
	// The name is the last word, without the length of an array.
	name := e.Decl
	if i := strings.IndexByte(name, '['); i > 0 && !strings.HasPrefix(name, "__data_loc") && !strings.HasPrefix(name, "__rel_loc") {
		name = name[:i]
	}
	words := strings.Fields(name)
	if len(words) == 0 {
		return e, errors.New("field without a name")
	}
	e.Name = strings.TrimLeft(words[len(words)-1], "*")
	for _, p := range parts[1:] {
		key, value, ok := strings.Cut(strings.TrimSpace(p), ":")
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(value, 10, 16)
		if err != nil {
			return e, err
		}
		switch key {
		case "offset":
			e.Offset = uint32(n)
		case "size":
			e.Size = uint32(n)
		case "signed":
			e.Signed = n == 1
		}
	}
	return e, nil
}

// TraceEventID returns the number by which perf_event_open(2) knows an event,
// named CATEGORY/NAME.
func TraceEventID(event string) (uint64, error) {
	root, err := tracefs()
	if err != nil {
		return 0, fmt.Errorf("tracepoint %s: %w", event, err)
	}
	b, err := os.ReadFile(filepath.Join(root, "events", event, "id"))
	if err != nil {
		return 0, fmt.Errorf("tracepoint %s: %w", event, err)
	}
	return strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
}
