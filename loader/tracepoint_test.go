// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/kernel"
)

var switchFormat = &kernel.EventFormat{Common: 8, Size: 20, Fields: []kernel.EventField{
	{Name: "common_pid", Decl: "int common_pid", Offset: 4, Size: 4},
	{Name: "comm", Decl: "char comm[4]", Offset: 8, Size: 4},
	{Name: "state", Decl: "long state", Offset: 16, Size: 4},
}}

func TestCompareRecord(t *testing.T) {
	comm := image.RecordField{Name: "comm", Go: "Comm", Offset: 0, Size: 4}
	state := image.RecordField{Name: "state", Go: "State", Offset: 8, Size: 4}
	for _, tt := range []struct {
		name   string
		rec    image.Record
		differ []string // what each difference mentions
	}{
		{"all", image.Record{Size: 12, Fields: []image.RecordField{comm, state}}, nil},
		{"none", image.Record{}, nil},
		{"padding at the end", image.Record{Size: 16, Fields: []image.RecordField{comm, state}}, nil},
		{"too long", image.Record{Size: 17, Fields: []image.RecordField{comm}}, []string{"ends at 25, the kernel's at 20"}},
		{"common", image.Record{Size: 4, Fields: []image.RecordField{{Name: "common_pid", Go: "CommonPID", Size: 4}}}, []string{"no common_pid (it has comm, state)"}},
		{"moved", image.Record{Size: 12, Fields: []image.RecordField{{Name: "state", Go: "S", Offset: 4, Size: 4}}}, []string{`S: offset 12, size 4; the kernel's "long state": offset 16, size 4`}},
		{"resized", image.Record{Size: 12, Fields: []image.RecordField{{Name: "comm", Go: "Comm", Size: 8}, {Name: "x", Go: "X"}}}, []string{"size 8", "no x"}},
	} {
		diffs := compareRecord(&tt.rec, switchFormat)
		if !slices.EqualFunc(diffs, tt.differ, strings.Contains) {
			t.Errorf("%s: %q, want %q", tt.name, diffs, tt.differ)
		}
	}
	if diffs := compareRecord(&image.Record{}, &kernel.EventFormat{Common: 12, Size: 20}); len(diffs) != 1 {
		t.Errorf("other common fields: %q", diffs)
	}
	err := &RecordError{Program: "P", Event: "a/b", Type: "T", Differences: []string{"one", "two"}}
	if !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), "program P: trace record mismatch: T and the kernel's a/b differ: one; two") {
		t.Errorf("%v", err)
	}
}

// TestContextBytes: the stub reads as far as the last field that the program
// may read.
func TestContextBytes(t *testing.T) {
	rec := &image.Record{Size: 16, Fields: []image.RecordField{{Offset: 8, Size: 4}, {Offset: 0, Size: 8}}}
	for _, tt := range []struct {
		p    image.Program
		want uint32
	}{
		{image.Program{Type: abi.ProgramTracepoint, Record: rec}, 20},
		{image.Program{Type: abi.ProgramTracepoint, Record: &image.Record{}}, 0},
		{image.Program{Type: abi.ProgramXDP}, 0},
	} {
		if got := contextBytes(tt.p); got != tt.want {
			t.Errorf("%+v: %d, want %d", tt.p, got, tt.want)
		}
	}
}

func TestParseCPUs(t *testing.T) {
	got, err := parseCPUs("0-2,5,7-7")
	if err != nil || !slices.Equal(got, []int{0, 1, 2, 5, 7}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []string{"", "a", "1-", "2-1", "-1", "0-99999999999", "0-70000"} {
		if got, err := parseCPUs(s); err == nil {
			t.Errorf("%q gave %v", s, got)
		}
	}
}
