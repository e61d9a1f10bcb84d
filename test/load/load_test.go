// SPDX-License-Identifier: Apache-2.0

package load_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

func TestVMLoadAndRun(t *testing.T) {
	needVM(t)
	ext := load(t, object(t, "probe"), loader.Options{})
	for prog, want := range map[string]uint32{"Pass": pass, "Count": drop} {
		res, err := ext.TestRun(prog, packet)
		if err != nil {
			t.Fatal(err)
		}
		if res.Verdict != want || len(res.Packet) != len(packet) {
			t.Errorf("%s: verdict %d, packet of %d bytes", prog, res.Verdict, len(res.Packet))
		}
	}
	if _, err := ext.TestRun("Nothing", packet); !errors.Is(err, loader.ErrNoProgram) {
		t.Errorf("unknown program: %v", err)
	}
	p, err := ext.Program("Pass")
	if err != nil {
		t.Fatal(err)
	}
	info, err := p.Info()
	if err != nil || info.Name != "Pass" || info.Type != ebpf.XDP {
		t.Errorf("program info: %+v, %v", info, err)
	}
	st, err := ext.Stats()
	if err != nil || st.Name != "probe" || st.Invocations != 2 || st.Stopped {
		t.Errorf("stats: %+v, %v", st, err)
	}
}

// TestVMMapFromUserSpace: user space sees what the program writes, and the
// program what user space writes, while it is loaded.
func TestVMMapFromUserSpace(t *testing.T) {
	needVM(t)
	ext := load(t, object(t, "probe"), loader.Options{})
	hits, err := ext.Map("hits")
	if err != nil {
		t.Fatal(err)
	}
	const runs = 1000
	kit.Repeat(t, ext, "Count", packet, runs)
	get := func() (n uint64) {
		t.Helper()
		if err := hits.Lookup(uint32(0), &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := get(); n != runs {
		t.Errorf("%d hits after %d runs", n, runs)
	}
	if err := hits.Put(uint32(0), uint64(1<<40)); err != nil {
		t.Fatal(err)
	}
	if _, err := ext.TestRun("Count", packet); err != nil {
		t.Fatal(err)
	}
	if n := get(); n != 1<<40+1 {
		t.Errorf("%#x hits after a write and one run", n)
	}
	if _, err := ext.Map("misses"); !errors.Is(err, loader.ErrNoMap) {
		t.Errorf("unknown map: %v", err)
	}
}

// TestVMMapReplacement: a map of the caller's outlives the extension.
func TestVMMapReplacement(t *testing.T) {
	needVM(t)
	own, err := ebpf.NewMap(&ebpf.MapSpec{Name: "hits", Type: ebpf.Array, KeySize: 4, ValueSize: 8, MaxEntries: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	for range 2 {
		ext, err := loader.Load(object(t, "probe"), loader.Options{MapReplacements: map[string]*ebpf.Map{"hits": own}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ext.TestRun("Count", packet); err != nil {
			t.Error(err)
		}
		if err := ext.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var n uint64
	if err := own.Lookup(uint32(0), &n); err != nil || n != 2 {
		t.Errorf("%d hits, %v", n, err)
	}
}

// TestVMFailuresAreReported: each failure ends the invocation with the default
// verdict and one report in Go's words, and the extension goes on.
func TestVMFailuresAreReported(t *testing.T) {
	needVM(t)
	ext := load(t, object(t, "probe"), loader.Options{})
	for _, tt := range []struct {
		prog, first string
		kind        any
		frame       string
	}{
		{"Index", "panic: runtime error: index out of range [5] with length 3\n\nextension probe, program Index (xdp), cpu ", loader.EventPanic, "probe.Index("},
		{"Recurse", "fatal error: stack overflow\n\nextension probe, program Recurse (xdp), cpu ", loader.EventStackOverflow, " frames elided..."},
		{"Loop", "fatal error: time budget of 100ms exceeded\n\nextension probe, program Loop (xdp), cpu ", loader.EventTimeout, "probe.Loop("},
	} {
		t.Run(tt.prog, func(t *testing.T) {
			res, err := ext.TestRun(tt.prog, packet)
			if err != nil {
				t.Fatal(err)
			}
			if res.Verdict != pass {
				t.Errorf("verdict %d, want the default one", res.Verdict)
			}
			ev := next(t, ext)
			s := ev.String()
			t.Log(s)
			if ev.Kind != tt.kind || !strings.HasPrefix(s, tt.first) {
				t.Errorf("%s: report of another failure", ev.Kind)
			}
			if !strings.Contains(s, "\nprobe.") || !strings.Contains(s, tt.frame) {
				t.Errorf("report lacks %q", tt.frame)
			}
			// Every frame has its line, and the outermost is the program.
			for _, f := range ev.Frames {
				if f.File != "test/load/testdata/probe/probe.go" || f.Line == 0 {
					t.Errorf("frame %+v", f)
				}
			}
			if last := ev.Frames[len(ev.Frames)-1]; last.Function != "probe."+tt.prog {
				t.Errorf("outermost frame is %s", last.Function)
			}
			if res, err := ext.TestRun("Pass", packet); err != nil || res.Verdict != pass {
				t.Errorf("afterwards: %v, %v", res.Verdict, err)
			}
		})
	}
	st, err := ext.Stats()
	if err != nil || st.Panics != 1 || st.Timeouts != 1 || st.StackOverflows != 1 || st.Stopped {
		t.Errorf("stats: %+v, %v", st, err)
	}
}

// next returns the next event; the test's own time limit is the only one.
func next(t *testing.T, ext *loader.Extension) loader.Event {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for ev, err := range ext.Events(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		return ev
	}
	t.Fatal("no event")
	return loader.Event{}
}

func TestVMStopAndResume(t *testing.T) {
	needVM(t)
	ext := load(t, object(t, "probe"), loader.Options{})
	verdict := func() uint32 {
		t.Helper()
		res, err := ext.TestRun("Count", packet)
		if err != nil {
			t.Fatal(err)
		}
		return res.Verdict
	}
	if v := verdict(); v != drop {
		t.Errorf("running: verdict %d", v)
	}
	if err := ext.Stop(); err != nil {
		t.Fatal(err)
	}
	if v := verdict(); v != pass {
		t.Errorf("stopped: verdict %d, want the default one", v)
	}
	if st, err := loader.Stat("probe"); err != nil || !st.Stopped || st.Refused == 0 {
		t.Errorf("stats: %+v, %v", st, err)
	}
	if err := ext.Resume(); err != nil {
		t.Fatal(err)
	}
	if v := verdict(); v != drop {
		t.Errorf("resumed: verdict %d", v)
	}
}

func TestVMList(t *testing.T) {
	needVM(t)
	ext := load(t, object(t, "probe"), loader.Options{})
	all, err := loader.List()
	if err != nil || len(all) != 1 || all[0].Name != ext.Name() || all[0].Programs == 0 {
		t.Errorf("list: %+v, %v", all, err)
	}
	if _, err := loader.Stat("nothing"); !errors.Is(err, loader.ErrNoExtension) {
		t.Errorf("stat: %v", err)
	}
}
