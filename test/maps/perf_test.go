// SPDX-License-Identifier: Apache-2.0

package maps_test

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/maps/testdata/perf"
)

func itoa(n int) string { return strconv.Itoa(n) }

// messagesNone fails the test when there are events.
func messagesNone(t *testing.T, ext *loader.Extension) {
	t.Helper()
	if evs, err := ext.Pending(); err != nil || len(evs) > 0 {
		t.Errorf("%v, %v", evs, err)
	}
}

func perfResult(t *testing.T, ext *loader.Extension, from uint32) (r perf.Result) {
	t.Helper()
	if err := mapOf(t, ext, "results").Lookup(from, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// pending reads what is there.
func pending(t *testing.T, r *loader.SampleReader[perf.Event]) (all []loader.Sample[perf.Event]) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for s, err := range r.All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		s.Rest = bytes.Clone(s.Rest)
		all = append(all, s)
	}
	return all
}

// TestVMPerfOutput: programs of every type write samples.
func TestVMPerfOutput(t *testing.T) {
	ext := load(t, "perf", loader.Options{})
	if err := mapOf(t, ext, "only").Put(uint32(0), uint32(os.Getpid())); err != nil {
		t.Fatal(err)
	}
	pkt := packet([]byte("a packet of the perf test")...)
	run(t, ext, "XDP", pkt, 1)
	if r := perfResult(t, ext, perf.FromXDP); r.Err != uint32(unix.ENOENT) {
		t.Errorf("nobody reads: %+v", r)
	}
	reader, err := loader.OpenSamples[perf.Event](ext, "events")
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	expect := func(from uint32, rest []byte) {
		t.Helper()
		found := 0
		for _, s := range pending(t, reader) {
			if s.Value.From != from || s.Value.CPU != uint32(s.CPU) || s.Lost != 0 || !bytes.HasPrefix(s.Rest, rest) {
				t.Errorf("sample %+v, want one from %d with %q", s, from, rest)
			}
			found++
		}
		if found == 0 {
			t.Errorf("no sample from %d: %+v", from, perfResult(t, ext, from))
		}
	}
	run(t, ext, "XDP", pkt, 1)
	expect(perf.FromXDP, pkt[:16])
	r := perfResult(t, ext, perf.FromXDP)
	if r.Err != 0 || r.Packet != uint32(unix.EFAULT) || r.TooBig != uint32(unix.E2BIG) || runtime.NumCPU() > 1 && r.Other != uint32(unix.EOPNOTSUPP) {
		t.Errorf("%+v", r)
	}
	run(t, ext, "Huge", pkt, 1)
	if r := perfResult(t, ext, 0); r.Err != uint32(unix.E2BIG) || r.Other != uint32(unix.E2BIG) || r.Packet != uint32(unix.E2BIG) {
		t.Errorf("%+v", r)
	}
	run(t, ext, "TC", pkt, 1)
	expect(perf.FromTC, pkt[:20])
	if r := perfResult(t, ext, perf.FromTC); r.Err != 0 || r.Packet != uint32(unix.EFAULT) {
		t.Errorf("%+v", r)
	}
	if err := ext.OpenPerfCounters("counters", loader.PerfEventOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []struct {
		program string
		from    uint32
	}{{"Kprobe", perf.FromKprobe}, {"Kretprobe", perf.FromKretprobe}, {"Tracepoint", perf.FromTracepoint}} {
		attach(t, ext, p.program)
		callGetpgid()
		first := perfResult(t, ext, p.from)
		if first.Err != 0 || first.CounterErr != 0 || first.Counter.Value == 0 || first.Counter.Enabled == 0 || runtime.NumCPU() > 1 && first.OtherErr != uint32(unix.EINVAL) {
			t.Errorf("%s: %+v", p.program, first)
		}
	}
	froms := map[uint32]int{}
	for _, s := range pending(t, reader) {
		froms[s.Value.From]++
	}
	if froms[perf.FromKprobe] == 0 || froms[perf.FromKretprobe] == 0 || froms[perf.FromTracepoint] == 0 {
		t.Errorf("samples of probes: %v", froms)
	}
	if _, err := ext.AttachPerfEvent("Sample", loader.PerfEventOptions{Period: kit.Apart(t, 1_000_000)}); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(kit.Patience); perfResult(t, ext, perf.FromSample).Counter.Value == 0 && time.Now().Before(end); {
		sink += spin(1_000_000)
	}
	sampled := 0
	for _, s := range pending(t, reader) {
		if s.Value.From == perf.FromSample {
			sampled++
		}
	}
	if r := perfResult(t, ext, perf.FromSample); r.Err != 0 || r.CounterErr != 0 || sampled == 0 {
		t.Errorf("%d samples: %+v", sampled, r)
	}
	ended(t, ext)
}

// TestVMPerfLost: a reader that is too slow learns how many samples it has missed.
func TestVMPerfLost(t *testing.T) {
	ext := load(t, "perf", loader.Options{})
	reader, err := loader.OpenSamples[perf.Event](ext, "events")
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	<-onCPU(t, 0, func() { run(t, ext, "TC", packet(), 5000) })
	if r := perfResult(t, ext, perf.FromTC); r.Err != uint32(unix.ENOSPC) {
		t.Errorf("the buffer is not full: %+v", r)
	}
	got := len(pending(t, reader))
	<-onCPU(t, 0, func() { run(t, ext, "TC", packet(), 1) })
	after := pending(t, reader)
	if got == 0 || len(after) != 1 || after[0].Lost != uint64(5000-got) {
		t.Errorf("%d samples of 5000, then %+v", got, after)
	}
}
