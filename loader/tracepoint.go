// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"fmt"
	"strings"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/kernel"
)

// commonBytes is the size of struct trace_entry, which every trace record begins
// with and package tracepoint skips.
const commonBytes = 8

// RecordError says how an extension's idea of a trace record differs from the
// kernel's. It matches ErrRecord.
type RecordError struct {
	// Program and Event are the program's name and CATEGORY/NAME.
	Program, Event string
	// Type is the Go struct.
	Type string
	// Differences has one line for each, showing both sides.
	Differences []string
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("program %s: %s: %s and the kernel's %s differ: %s (/sys/kernel/tracing/events/%s/format has the kernel's)",
		e.Program, ErrRecord.Error(), e.Type, e.Event, strings.Join(e.Differences, "; "), e.Event)
}

// Is makes errors.Is(err, ErrRecord) true.
func (e *RecordError) Is(target error) bool { return target == ErrRecord }

// checkRecords compares the trace records that tracepoint programs read with the
// kernel's.
func checkRecords(progs []image.Program) error {
	for _, p := range progs {
		if p.Type != abi.ProgramTracepoint {
			continue
		}
		format, err := kernel.TraceEvent(p.Attach)
		if err != nil {
			return fmt.Errorf("program %s: %w", p.Name, err)
		}
		if p.Record == nil {
			return fmt.Errorf("program %s: %w: the object does not say what it reads", p.Name, ErrRecord)
		}
		if diffs := compareRecord(p.Record, format); diffs != nil {
			return &RecordError{Program: p.Name, Event: p.Attach, Type: p.Record.Type, Differences: diffs}
		}
	}
	return nil
}

func compareRecord(r *image.Record, format *kernel.EventFormat) []string {
	var diffs []string
	if format.Common != commonBytes {
		return []string{fmt.Sprintf("the kernel's common fields take %d bytes, not %d", format.Common, commonBytes)}
	}
	for _, f := range r.Fields {
		off := f.Offset + commonBytes
		k, ok := format.Field(f.Name)
		switch {
		case !ok:
			diffs = append(diffs, fmt.Sprintf("field %s: the kernel has no %s (it has %s)", f.Go, f.Name, strings.Join(ownFields(format), ", ")))
		case k.Offset != off || k.Size != f.Size:
			diffs = append(diffs, fmt.Sprintf("field %s: offset %d, size %d; the kernel's %q: offset %d, size %d", f.Go, off, f.Size, k.Decl, k.Offset, k.Size))
		}
	}
	// Records are a multiple of eight bytes long, so padding at the struct's
	// end lies inside of them.
	if have := (format.Size + 7) &^ 7; r.Size+commonBytes > have {
		diffs = append(diffs, fmt.Sprintf("it ends at %d, the kernel's at %d", r.Size+commonBytes, format.Size))
	}
	return diffs
}

func ownFields(format *kernel.EventFormat) []string {
	var names []string
	for _, f := range format.Fields {
		if f.Offset >= format.Common {
			names = append(names, f.Name)
		}
	}
	return names
}

// contextBytes is how much of its context a program reads.
func contextBytes(p image.Program) uint32 {
	if p.Type != abi.ProgramTracepoint || p.Record == nil {
		return 0
	}
	end := uint32(0)
	for _, f := range p.Record.Fields {
		end = max(end, f.Offset+f.Size)
	}
	if end == 0 {
		return 0
	}
	return end + commonBytes
}
