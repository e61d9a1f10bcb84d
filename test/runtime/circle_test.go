// SPDX-License-Identifier: Apache-2.0

package runtime_test

import (
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/test/kit"
)

// TestVMLockCircle: when each of several CPUs waits for the lock of the next, at
// least one panics, and whoever does not goes on.
func TestVMLockCircle(t *testing.T) {
	needVM(t)
	n := runtime.NumCPU()
	kit.NeedCPUs(t, 3)
	ext := load(t, "circle")
	for round := range 5 {
		if err := kit.Map(t, ext, "arrived").Put(uint32(0), uint64(0)); err != nil {
			t.Fatal(err)
		}
		before, err := ext.Stats()
		if err != nil {
			t.Fatal(err)
		}
		verdicts := make([]uint32, n)
		var wg sync.WaitGroup
		for cpu := range n {
			wg.Go(func() {
				runtime.LockOSThread() // never unlocked: the thread goes with its affinity
				var set unix.CPUSet
				set.Set(cpu)
				if err := unix.SchedSetaffinity(0, &set); err != nil {
					t.Error(err)
				}
				pkt := make([]byte, 64)
				pkt[0], pkt[1], pkt[2] = byte(cpu), byte((cpu+1)%n), byte(n)
				res, err := ext.TestRun("Chain", pkt)
				if err != nil {
					t.Error(err)
				}
				verdicts[cpu] = res.Verdict
			})
		}
		wg.Wait()
		var failed uint64
		for cpu, v := range verdicts {
			switch v {
			case pass:
				failed++
			case drop:
			default:
				t.Errorf("round %d: verdict %d on cpu %d", round, v, cpu)
			}
		}
		after, err := ext.Stats()
		if err != nil || failed == 0 || after.Panics-before.Panics != failed || after.Timeouts != 0 {
			t.Fatalf("round %d: verdicts %v, %+v, %v", round, verdicts, after, err)
		}
		events, err := ext.Pending()
		if err != nil || len(events) != int(failed) {
			t.Errorf("round %d: %d events, %v", round, len(events), err)
		}
		for _, ev := range events {
			if !strings.Contains(ev.Message, "lock: held for more than 8ms") && !strings.Contains(ev.Message, "lock: deadlock with another CPU") {
				t.Errorf("round %d: %s", round, ev)
			}
		}
		pkt := make([]byte, 64)
		pkt[2] = byte(n)
		if res, err := ext.TestRun("Free", pkt); err != nil || res.Verdict != drop {
			t.Errorf("round %d: not all locks are free: verdict %d, %v", round, res.Verdict, err)
		}
		t.Logf("verdicts %v", verdicts)
	}
}
