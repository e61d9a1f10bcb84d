// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/parity/report"
)

var update = flag.Bool("update", false, "rewrite golden files")

// told is what a scenario has told: all of it is compared.
type told struct {
	verdict uint32
	// text is its report, panic the message it ended with.
	text, panic string
	packet      []byte
	logs        []rextest.LogRecord
	// records are those of a ring buffer, samples those of a perf event array.
	records, samples [][]byte
	// times are compared with what the test knows.
	times [4]uint64
}

func (o told) String() string {
	var b strings.Builder
	b.WriteString(o.text)
	for _, l := range o.logs {
		fmt.Fprintf(&b, "log: %v %q\n", l.Level, l.Msg)
	}
	for _, r := range o.records {
		fmt.Fprintf(&b, "record: % x\n", r)
	}
	for _, s := range o.samples {
		fmt.Fprintf(&b, "sample: % x\n", s)
	}
	if o.panic != "" {
		fmt.Fprintf(&b, "panic: %s\n", o.panic)
	} else {
		fmt.Fprintf(&b, "verdict: %d\n", o.verdict)
	}
	if o.packet != nil {
		fmt.Fprintf(&b, "packet: % x\n", o.packet)
	}
	return b.String()
}

// difference returns the lines in which two reports differ, up to the first ten.
func difference(a, b, nameA, nameB string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	var out strings.Builder
	section, n := "", 0
	for i := range max(len(x), len(y)) {
		var v, w string
		if i < len(x) {
			v = x[i]
		}
		if i < len(y) {
			w = y[i]
		}
		if strings.HasPrefix(w, "== ") {
			section = w
		}
		if v == w {
			continue
		}
		if n++; n > 10 {
			out.WriteString("and more\n")
			break
		}
		after := ""
		if i > 0 && i <= len(y) {
			after = y[i-1]
		}
		fmt.Fprintf(&out, "%s line %d, after %.100q\n  %s %.300s\n  %s %.300s\n", section, i+1, after, nameA, v, nameB, w)
	}
	return out.String()
}

// same fails the test when what the kernel has told is not what the host has.
func same(t *testing.T, name string, kernel, host told) {
	t.Helper()
	if !sameSamples(kernel.samples, host.samples) {
		t.Errorf("%s: samples in the kernel: % x\non the host: % x", name, kernel.samples, host.samples)
	}
	kernel.samples, host.samples = nil, nil
	if d := difference(kernel.String(), host.String(), "kernel", "host  "); d != "" {
		t.Errorf("%s:\n%s", name, d)
	}
}

// read returns a report's text.
func read(t *testing.T, r report.Text) string {
	t.Helper()
	if r.Lost != 0 {
		t.Errorf("%d bytes of the report are lost", r.Lost)
	}
	return string(r.Bytes[:r.Len])
}

// tellHost runs a scenario on the host implementation.
func tellHost(t *testing.T, in report.Input, run func() (verdict uint32, packet []byte)) (o told) {
	t.Helper()
	*report.In.Lookup(0) = in
	*report.Out.Lookup(0) = report.Text{}
	logs := rextest.CaptureLogs(t)
	func() {
		defer func() {
			if v := recover(); v != nil {
				o.panic = fmt.Sprint(v)
			}
		}()
		o.verdict, o.packet = run()
	}()
	out := *report.Out.Lookup(0)
	o.text, o.times, o.logs = read(t, out), out.Times, logs.Records()
	return o
}

// tellKernel runs a scenario of an extension in the kernel.
func tellKernel(t *testing.T, ext *loader.Extension, in report.Input, run func() (verdict uint32, packet []byte)) (o told) {
	t.Helper()
	if err := kit.Map(t, ext, "In").Put(uint32(0), in); err != nil {
		t.Fatal(err)
	}
	if err := kit.Map(t, ext, "Out").Put(uint32(0), report.Text{}); err != nil {
		t.Fatal(err)
	}
	o.verdict, o.packet = run()
	var out report.Text
	if err := kit.Map(t, ext, "Out").Lookup(uint32(0), &out); err != nil {
		t.Fatal(err)
	}
	o.text, o.times = read(t, out), out.Times
	events, err := ext.Pending()
	if err != nil {
		t.Fatal(err)
	}
	for _, ev := range events {
		if ev.Kind == loader.EventLog {
			o.logs = append(o.logs, rextest.LogRecord{Level: rex.Level(ev.LogLevel), Msg: ev.Message})
			continue
		}
		o.panic = strings.TrimPrefix(ev.Message, "panic: ")
		o.packet = nil
	}
	return o
}

// golden compares what all scenarios of an area tell on the host with a file.
func golden(t *testing.T, area string, names []string, told map[string]told) {
	t.Helper()
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "== %s\n%s", name, told[name])
	}
	file := filepath.Join("golden", area+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(b.String(), string(want), "got ", "want"); d != "" {
		t.Errorf("%s (run with -update if that is meant):\n%s", file, d)
	}
}
