// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"strings"
	"testing"
	"time"

	"github.com/rex-go/rex/internal/abi"
)

func TestParse(t *testing.T) {
	def := Directive{Timeout: 100 * time.Millisecond, Arena: 65536, OnPanic: abi.PolicyStop}
	with := func(change func(*Directive)) Directive {
		d := def
		change(&d)
		return d
	}
	tests := []struct {
		text string
		want Directive
	}{
		{"//rex:xdp", with(func(d *Directive) { d.Type = abi.ProgramXDP })},
		{"//rex:xdp  \t", with(func(d *Directive) { d.Type = abi.ProgramXDP })},
		{"//rex:xdp // a comment", with(func(d *Directive) { d.Type = abi.ProgramXDP })},
		{"//rex:tc timeout=1ms", with(func(d *Directive) { d.Type = abi.ProgramTC; d.Timeout = time.Millisecond })},
		{"//rex:xdp\ttimeout=10s arena=1MiB onpanic=continue", with(func(d *Directive) {
			d.Type, d.Timeout, d.Arena, d.OnPanic = abi.ProgramXDP, 10*time.Second, 1<<20, abi.PolicyContinue
		})},
		{"//rex:xdp onpanic=stop arena=1KiB", with(func(d *Directive) { d.Type = abi.ProgramXDP; d.Arena = 1024 })},
		{"//rex:xdp arena=4096", with(func(d *Directive) { d.Type = abi.ProgramXDP; d.Arena = 4096 })},
		{"//rex:kprobe do_unlinkat", with(func(d *Directive) { d.Type = abi.ProgramKprobe; d.Attach = "do_unlinkat" })},
		{"//rex:kprobe foo.isra.0 timeout=5ms", with(func(d *Directive) {
			d.Type, d.Attach, d.Timeout = abi.ProgramKprobe, "foo.isra.0", 5*time.Millisecond
		})},
		{"//rex:kretprobe do_unlinkat onpanic=continue", with(func(d *Directive) {
			d.Type, d.Attach, d.OnPanic = abi.ProgramKretprobe, "do_unlinkat", abi.PolicyContinue
		})},
		{"//rex:tracepoint sched/sched_switch", with(func(d *Directive) { d.Type = abi.ProgramTracepoint; d.Attach = "sched/sched_switch" })},
		{"//rex:perfevent", with(func(d *Directive) { d.Type = abi.ProgramPerfEvent })},
	}
	for _, tt := range tests {
		got, err := Parse(tt.text)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.text, err)
		} else if got != tt.want {
			t.Errorf("Parse(%q) = %+v, want %+v", tt.text, got, tt.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ text, at, message string }{
		{"//rex:", "", "unknown directive //rex:"},
		{"//rex:XDP", "XDP", "unknown directive"},
		{"//rex:xdp eth0", "eth0", "takes no argument"},
		{"//rex:xdp timeout", "timeout", "takes no argument"},
		{"//rex:xdp timeout=", "timeout=", "is not a duration"},
		{"//rex:xdp timeout=5", "timeout=5", "is not a duration"},
		{"//rex:xdp timeout=999us", "timeout=999us", "outside 1ms to 10s"},
		{"//rex:xdp timeout=11s", "timeout=11s", "outside 1ms to 10s"},
		{"//rex:xdp timeout=-1s", "timeout=-1s", "outside"},
		{"//rex:xdp arena=64KB", "arena=64KB", "not a number of bytes"},
		{"//rex:xdp arena=512", "arena=512", "outside 1KiB to 1MiB"},
		{"//rex:xdp arena=2MiB", "arena=2MiB", "outside"},
		{"//rex:xdp arena=99999999999MiB", "arena=99999999999MiB", "not a number"},
		{"//rex:xdp arena=1030", "arena=1030", "multiple of 16"},
		{"//rex:xdp onpanic=maybe", "onpanic=maybe", "neither"},
		{"//rex:xdp colour=red", "colour=red", "unknown option"},
		{"//rex:xdp timeout=5ms timeout=6ms", "timeout=6ms", "twice"},
		{"//rex:kprobe", "kprobe", "needs an argument"},
		{"//rex:kprobe timeout=5ms", "kprobe timeout=5ms", "needs an argument"},
		{"//rex:kretprobe", "kretprobe", "needs an argument"},
		{"//rex:kprobe .cold", ".cold", "not a valid FUNC"},
		{"//rex:kprobe 1st", "1st", "not a valid FUNC"},
		{"//rex:tracepoint sched_switch", "sched_switch", "not a valid CATEGORY/NAME"},
		{"//rex:tracepoint a/b/c", "a/b/c", "not a valid"},
	}
	for _, tt := range tests {
		_, err := Parse(tt.text)
		if err == nil {
			t.Errorf("Parse(%q) succeeded", tt.text)
			continue
		}
		if !strings.Contains(err.Message, tt.message) {
			t.Errorf("Parse(%q): %q, want it to contain %q", tt.text, err.Message, tt.message)
		}
		if rest := tt.text[err.Offset:]; rest != tt.at {
			t.Errorf("Parse(%q): error at %q, want at %q", tt.text, rest, tt.at)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"//rex:xdp", "//rex:tc timeout=50ms arena=64KiB onpanic=stop", "//rex:kprobe do_sys_open",
		"//rex:tracepoint sched/sched_switch arena=1MiB", "//rex:perfevent onpanic=continue", "//rex:nope x=y", "//rex: = =",
		"//rex:xdp arena=0x10", "//rex:xdp timeout=1h // text",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := Prefix + s
		d, err := Parse(text)
		if err != nil {
			if err.Message == "" || err.Offset < 0 || err.Offset > len(text) {
				t.Fatalf("Parse(%q): bad error %+v", text, err)
			}
			return
		}
		if d.Timeout < MinTimeout || d.Timeout > MaxTimeout || d.Arena < MinArena || d.Arena > MaxArena || d.Arena%16 != 0 {
			t.Fatalf("Parse(%q) = %+v: out of range", text, d)
		}
		if k := KindOf(d.Type); k.Name != Name(text) || (d.Attach != "") != (k.Arg != "") {
			t.Fatalf("Parse(%q) = %+v: wrong kind", text, d)
		}
	})
}
