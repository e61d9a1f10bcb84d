// SPDX-License-Identifier: Apache-2.0

package hooks_test

import (
	"testing"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// counts mirrors the extension's type.
type counts struct{ Inside, Probes, Samples, Faults uint64 }

func sum(t *testing.T, ext *loader.Extension) (s counts) {
	t.Helper()
	var all []counts
	if err := getMap(t, ext, "counts").Lookup(uint32(0), &all); err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		s.Inside += c.Inside
		s.Probes += c.Probes
		s.Samples += c.Samples
		s.Faults += c.Faults
	}
	return s
}

const tx = 3 // XDP_TX

// TestVMNestProbe: a probe's program runs in the middle of a helper that another
// program calls. Whatever becomes of it, the outer one is not disturbed.
func TestVMNestProbe(t *testing.T) {
	needVM(t)
	ext := load(t, "nest")
	if _, err := ext.AttachKprobe("Probe"); err != nil {
		t.Fatal(err)
	}
	nested(t, ext, "Update", "Probe", 0, func(c counts) uint64 { return c.Probes })
}

// TestVMNestInterrupt: a clock's interrupt runs a program in the middle of
// another.
func TestVMNestInterrupt(t *testing.T) {
	needVM(t)
	ext := load(t, "nest")
	if _, err := ext.AttachPerfEvent("Tick", loader.PerfEventOptions{Period: kit.Apart(t, 500_000)}); err != nil {
		t.Fatal(err)
	}
	nested(t, ext, "Spin", "Tick", 1, func(c counts) uint64 { return c.Samples })
}

// nested runs the outer program with an inner one that behaves, panics, loops
// and recurses.
func nested(t *testing.T, ext *loader.Extension, outer, inner string, index uint32, runs func(counts) uint64) {
	t.Helper()
	pkt := make([]byte, 64)
	once := func() {
		t.Helper()
		before := runs(sum(t, ext))
		for runs(sum(t, ext)) == before {
			res, err := ext.TestRun(outer, pkt)
			if err != nil {
				t.Fatal(err)
			}
			if res.Verdict != tx {
				t.Fatalf("%s: verdict %d", outer, res.Verdict)
			}
		}
	}
	for range 20 {
		once()
	}
	for round := range 3 {
		for _, f := range faults {
			if err := getMap(t, ext, "mode").Put(index, f.mode); err != nil {
				t.Fatal(err)
			}
			once()
			ev := next(t, ext)
			if ev.Kind != f.kind || ev.Program != inner || ev.Level != 1 {
				t.Errorf("round %d, %s: reported at level %d: %s", round, f.name, ev.Level, ev)
			}
			once()
		}
	}
	st, err := ext.Stats()
	if err != nil || st.Panics != 3 || st.Timeouts != 3 || st.StackOverflows != 3 || st.Stopped {
		t.Errorf("stats: %+v, %v", st, err)
	}
	if c := sum(t, ext); c.Inside != 0 || c.Faults != 9 {
		t.Errorf("counts: %+v", c)
	}
}
