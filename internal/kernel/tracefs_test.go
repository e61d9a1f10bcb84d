// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"slices"
	"strings"
	"testing"
)

// formatExec is 6.12's sched/sched_process_exec.
const formatExec = `name: sched_process_exec
ID: 303
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:unsigned char common_flags;	offset:2;	size:1;	signed:0;
	field:unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:__data_loc char[] filename;	offset:8;	size:4;	signed:0;
	field:pid_t pid;	offset:12;	size:4;	signed:1;
	field:pid_t old_pid;	offset:16;	size:4;	signed:1;

print fmt: "filename=%s pid=%d old_pid=%d", __get_str(filename), REC->pid, REC->old_pid
`

func TestParseFormat(t *testing.T) {
	f, err := parseFormat(strings.NewReader(formatExec))
	if err != nil {
		t.Fatal(err)
	}
	if f.Common != 8 || f.Size != 20 || len(f.Fields) != 7 {
		t.Errorf("%+v", f)
	}
	want := []EventField{
		{Name: "filename", Decl: "__data_loc char[] filename", Offset: 8, Size: 4},
		{Name: "pid", Decl: "pid_t pid", Offset: 12, Size: 4, Signed: true},
		{Name: "old_pid", Decl: "pid_t old_pid", Offset: 16, Size: 4, Signed: true},
	}
	if !slices.Equal(f.Fields[4:], want) {
		t.Errorf("fields %+v", f.Fields[4:])
	}
	if _, ok := f.Field("common_pid"); ok {
		t.Error("a common field is the event's own")
	}
	for decl, name := range map[string]string{
		"char prev_comm[16]":              "prev_comm",
		"const char * filename":           "filename",
		"const char *const *argv":         "argv",
		"__data_loc __u8[] data":          "data",
		"__rel_loc char[] s":              "s",
		"u8 mac[ETH_ALEN]":                "mac",
		"unsigned long args[6]":           "args",
		"struct __kernel_timespec * rqtp": "rqtp",
	} {
		if e, err := parseField(decl + ";\toffset:24;\tsize:16;\tsigned:0;"); err != nil || e.Name != name || e.Offset != 24 || e.Size != 16 {
			t.Errorf("%s: %+v, %v", decl, e, err)
		}
	}
}

func TestParseFormatErrors(t *testing.T) {
	for _, s := range []string{
		"", "name: x\nID: 1\nformat:\n", "field:;\toffset:0;\tsize:1;\n\n",
		"field:int a;\toffset:x;\tsize:4;\n\n", "field:int a;\toffset:70000;\tsize:4;\n\n", "field:int a;\toffset:0;\tsize:-4;\n\n",
	} {
		if f, err := parseFormat(strings.NewReader(s)); err == nil {
			t.Errorf("%q gave %+v", s, f)
		}
	}
}

func FuzzParseFormat(f *testing.F) {
	f.Add(formatExec)
	f.Fuzz(func(t *testing.T, s string) {
		format, err := parseFormat(strings.NewReader(s))
		if err != nil {
			return
		}
		for _, e := range format.Fields {
			if e.Offset+e.Size > format.Size {
				t.Errorf("%+v ends after the record, at %d", e, format.Size)
			}
		}
	})
}
