// SPDX-License-Identifier: Apache-2.0

package runtime_test

import (
	"context"
	"os"
	"testing"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/kctl"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// tally mirrors the extension's Counts.
type tally struct{ Ticks, Trips uint64 }

func tallies(t *testing.T, ext *loader.Extension) (sum tally) {
	t.Helper()
	m, err := ext.Map("counts")
	if err != nil {
		t.Fatal(err)
	}
	var all []tally
	if err := m.Lookup(uint32(0), &all); err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		sum.Ticks += c.Ticks
		sum.Trips += c.Trips
	}
	return sum
}

// period is the time between two interrupts of a CPU, in nanoseconds. Software
// emulation is too slow for the 10 µs that are the least the kernel allows.
const period = 200_000

// TestVMUnrest: timers' interrupts on all CPUs run programs that return and
// programs that panic, everywhere in the dispatcher, in programs, in helpers
// and in the way out of a panic, a timeout and a program that a helper's caller
// ends. Nothing that was interrupted notices. Meanwhile a CPU goes away and
// comes back.
func TestVMUnrest(t *testing.T) {
	needVM(t)
	ext := load(t, "unrest")
	apart := kit.Apart(t, period)
	for _, p := range []string{"Tick", "Trip"} {
		if _, err := ext.AttachPerfEvent(p, loader.PerfEventOptions{Period: apart}); err != nil {
			t.Fatal(err)
		}
	}
	bench := func(prog string, repeat int) {
		t.Helper()
		if v := kit.Repeat(t, ext, prog, packet, repeat); v != drop {
			t.Fatalf("%s: verdict %d", prog, v)
		}
	}
	fails := func(prog string) {
		t.Helper()
		res, err := ext.TestRun(prog, packet)
		if err != nil || res.Verdict != pass {
			t.Fatalf("%s: verdict %d, %v", prog, res.Verdict, err)
		}
	}
	n := rounds(t, 10)
	for i := range n {
		bench("Work", 200)
		bench("Nothing", 5000)
		fails("Panic")
		fails("Loop")
		fails("Lookups")
		switch {
		case i == n/3:
			online(t, "0")
		case i == 2*n/3:
			online(t, "1")
		}
	}
	for start := tallies(t, ext); ; {
		if c := tallies(t, ext); c.Ticks > start.Ticks && c.Trips > start.Trips && c.Ticks > 100 && c.Trips > 100 {
			break
		}
		bench("Work", 200)
	}
	st, err := ext.Stats()
	if err != nil || st.Stopped || st.StackOverflows != 0 || st.Timeouts != uint64(2*n) {
		t.Errorf("stats after %d rounds: %+v, %v", n, st, err)
	}
	t.Logf("%+v, %+v", tallies(t, ext), st)
}

// online takes the second CPU away or brings it back, if there is one.
func online(t *testing.T, s string) {
	t.Helper()
	err := os.WriteFile("/sys/devices/system/cpu/cpu1/online", []byte(s), 0)
	if err != nil && !os.IsNotExist(err) {
		t.Errorf("cpu1 online %s: %v", s, err)
	}
}

// TestVMSlowReader: of two readers of the event device the one that keeps up
// gets every record; the one that does not gets the newest, after the number
// of those that it missed.
func TestVMSlowReader(t *testing.T) {
	needVM(t)
	ext := load(t, "unrest")
	const batch, batches = 300, 10
	var readers [2]*kctl.EventReader
	for i := range readers {
		r, err := kctl.OpenEvents()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		readers[i] = r
	}
	var got, lost [2]uint64
	var seq [2]uint64
	drain := func(i int) {
		t.Helper()
		recs, err := readers[i].Drain()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range recs {
			switch abi.EventKind(r.Kind) {
			case abi.EventLost:
				lost[i] += r.Args[0]
			case abi.EventLog:
				got[i]++
				if seq[i] != 0 && r.Seq != seq[i]+1 {
					t.Errorf("reader %d: record %d after %d", i, r.Seq, seq[i])
				}
			}
			seq[i] = r.Seq
		}
	}
	for range batches {
		kit.Repeat(t, ext, "Talk", packet, batch)
		drain(0)
	}
	drain(1)
	const all = batch * batches
	if got[0] != all || lost[0] != 0 {
		t.Errorf("the fast reader got %d of %d records and lost %d", got[0], all, lost[0])
	}
	if got[1] == 0 || got[1] >= all || got[1]+lost[1] != all {
		t.Errorf("the slow reader got %d of %d records and lost %d", got[1], all, lost[1])
	}
	// Nothing is left, and a reader that waits says so.
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if r, err := readers[1].Next(ctx); err == nil {
		t.Errorf("one more: %+v", r)
	}
}
