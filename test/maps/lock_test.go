// SPDX-License-Identifier: Apache-2.0

package maps_test

import (
	"testing"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/loader"
)

const overdue = "panic: runtime error: lock: held for more than 8ms"

// TestVMLockHog: a holder that loops ends, and the one that waits goes on.
func TestVMLockHog(t *testing.T) {
	ext := load(t, "hold", loader.Options{})
	var hog, wait uint32
	together(t,
		func() { hog = run(t, ext, "Hog", packet(), 1) },
		func() { wait = run(t, ext, "Wait", packet(), 1) })
	if m := messages(t, ext, 1)[0]; hog != pass || wait != drop || m != overdue {
		t.Errorf("the holder's verdict is %d, the waiter's %d: %s", hog, wait, m)
	}
}

// TestVMExclusion: two CPUs count under a lock, with atomics, and store each
// key once.
func TestVMExclusion(t *testing.T) {
	ext := load(t, "hold", loader.Options{})
	const turns = 10_000
	count := func() { run(t, ext, "Count", packet(), turns) }
	together(t, count, count)
	st, err := ext.Stats()
	if err != nil || st.Refused+st.Panics+st.Timeouts+st.StackOverflows != 0 {
		t.Errorf("not every run ended well: %+v, %v", st, err)
		messages(t, ext, int(st.Panics+st.Timeouts+st.StackOverflows))
	}
	v := readTotals(t, ext)
	if v.Method != 2*turns || v.Function != 2*turns {
		t.Errorf("atomic counters: %d, %d", v.Method, v.Function)
	}
	if v.Stored != turns || v.Failed != 0 {
		t.Errorf("%d of %d keys were stored, %d failures", v.Stored, turns, v.Failed)
	}
	var c cell
	if err := mapOf(t, ext, "cells").Lookup(uint32(0), &c); err != nil || c.N != 2*turns || c.M != 2*turns {
		t.Errorf("under the lock: %+v, %v", c, err)
	}
}

// TestVMLockWithUserSpace: BPF_F_LOCK operations of user space and programs
// exclude each other, and copies of values pass over the lock.
func TestVMLockWithUserSpace(t *testing.T) {
	ext := load(t, "hold", loader.Options{})
	cells := mapOf(t, ext, "cells")
	const turns = 10_000
	var sum uint64
	together(t, func() { run(t, ext, "Count", packet(), turns) }, func() {
		var c cell
		for i := range uint64(2000) {
			if err := cells.LookupWithFlags(uint32(0), &c, ebpf.LookupLock); err != nil {
				t.Error(err)
				return
			}
			if c.N != c.M {
				t.Errorf("torn value: %+v", c)
				return
			}
			sum++
			// A lock word in the new value must not get in.
			if err := cells.Update(uint32(0), cell{Lock: 1, N: i, M: i}, ebpf.UpdateLock); err != nil {
				t.Error(err)
				return
			}
		}
	})
	if sum != 2000 {
		t.Errorf("%d reads", sum)
	}
	if err := cells.Put(uint32(0), cell{Lock: 1}); err != nil { // without the flag, too
		t.Fatal(err)
	}
	if v := run(t, ext, "Free", packet(), 1); v != drop {
		t.Errorf("not everything is free: verdict %d", v)
	}
	// Whatever user space does while a program holds the lock, it gets it in
	// the end.
	together(t, func() { run(t, ext, "Hog", packet(), 1) }, func() {
		if v := run(t, ext, "Wait", packet(), 1); v != drop {
			t.Errorf("verdict %d", v)
		}
		if err := cells.Update(uint32(0), cell{N: 7, M: 7}, ebpf.UpdateLock); err != nil {
			t.Error(err)
		}
	})
}
