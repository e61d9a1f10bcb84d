// SPDX-License-Identifier: Apache-2.0

package maptest

import (
	"errors"
	"slices"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

// run runs the test of a map.
func run(t *testing.T, name string) xdp.Action {
	t.Helper()
	i := slices.IndexFunc(Tests[:], func(x Test) bool { return x.Map == name })
	verdict, _ := rextest.RunXDP(t, Run, append([]byte{byte(i)}, make([]byte, 63)...))
	return verdict
}

func TestMaps(t *testing.T) {
	rextest.Reset(t)
	var errs []error
	for _, m := range []table{hash, perCPUHash, lruHash, lruPerCPUHash} {
		errs = append(errs, m.Insert(1, 100), m.Insert(3, 300))
	}
	*array.Lookup(1), *perCPUArray.Lookup(1) = 100, 100
	for i := range uint64(3) {
		errs = append(errs, queue.Push(i+1), stack.Push(i+1))
	}
	errs = append(errs, bloom.Add(1),
		trie.Update(rex.Prefix[Addr]{Bits: 8, Addr: Addr{10}}, 8), trie.Update(rex.Prefix[Addr]{Bits: 16, Addr: Addr{10, 1}}, 16))
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(rextest.SetTarget(devMap, 0, 1), rextest.SetTarget(devMapHash, 0, 1), rextest.SetTarget(cpuMap, 0, 192), rextest.SetTarget(xskMap, 0, 5)); err != nil {
		t.Fatal(err)
	}
	rextest.SetPerfCounter(counters, 0, rex.PerfCounter{Value: 1})
	rextest.PerfSamples(t, samples) // there is a reader from here on
	rextest.SetStacks(t, []uint64{0xffffffff81000010}, nil)
	rextest.RunKprobe(t, Stack, rextest.Args())
	logs := rextest.CaptureLogs(t)
	for _, test := range Tests {
		if verdict := run(t, test.Map); verdict != xdp.Pass {
			t.Errorf("%s: %v", test.Map, verdict)
		}
	}
	if t.Failed() {
		t.Logf("%+v", logs.Records())
	}
	if got := rextest.RecordsOf[Event](t, ring); !slices.Equal(got, []Event{{1}, {2}}) {
		t.Errorf("records %v", got)
	}
	if got := rextest.PerfSamples(t, samples); len(got) != 1 || got[0].Value != (Event{1}) {
		t.Errorf("samples %+v", got)
	}
	if got := rextest.Stack(stacks, uint32(*stackID.Lookup(0))); !slices.Equal(got, []uint64{0xffffffff81000010}) {
		t.Errorf("stack %#x", got)
	}
	if a, _ := queue.Pop(); a != 2 {
		t.Errorf("queue: %d", a)
	}
	if a, _ := stack.Pop(); a != 4 {
		t.Errorf("stack: %d", a)
	}
}

// TestEmpty: maps without what user space puts in are noticed.
func TestEmpty(t *testing.T) {
	rextest.Reset(t)
	logs := rextest.CaptureLogs(t)
	wrong := 0
	for _, test := range Tests {
		if test.Map == "ring" || test.Map == "samples" {
			continue // they need nothing to be there
		}
		wrong++
		if verdict := run(t, test.Map); verdict != xdp.Drop {
			t.Errorf("%s: %v", test.Map, verdict)
		}
	}
	if got := logs.Records(); len(got) != wrong || got[0].Msg != `wrong map=hash error="1 is not 100"` {
		t.Errorf("%+v", got)
	}
	if verdict, _ := rextest.RunXDP(t, Run, []byte{200}); verdict != xdp.Aborted {
		t.Errorf("no such test: %v", verdict)
	}
}
