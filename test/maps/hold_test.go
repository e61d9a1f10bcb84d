// SPDX-License-Identifier: Apache-2.0

package maps_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// Bytes of the packets for program End of package hold.
const (
	endReturn = iota
	endPanic
	endLoop
	endOverflow
)

const (
	holdLock = 1 << iota
	holdTwo
	holdRecord
)

// TestVMForgotten: what a program holds is released however it ends: the next
// one finds the locks free, and user space no record.
func TestVMForgotten(t *testing.T) {
	ext := load(t, "hold", loader.Options{})
	for _, end := range []struct {
		name    string
		how     byte
		verdict uint32
		message func(what byte) string
	}{
		{"return", endReturn, drop, nil},
		{"panic", endPanic, pass, func(byte) string { return "index out of range [64] with length 3" }},
		{"timeout", endLoop, pass, func(what byte) string {
			if what&(holdLock|holdTwo) != 0 {
				return "lock: held for more than 8ms"
			}
			return "time budget of 100ms exceeded"
		}},
		{"overflow", endOverflow, pass, func(byte) string { return "stack overflow" }},
	} {
		for _, what := range []byte{holdLock, holdRecord, holdLock | holdTwo | holdRecord} {
			t.Run(fmt.Sprintf("%s/%d", end.name, what), func(t *testing.T) {
				for range 3 {
					if v := run(t, ext, "End", packet(end.how, what), 1); v != end.verdict {
						t.Errorf("verdict %d, want %d", v, end.verdict)
					}
					if end.message != nil {
						if m := messages(t, ext, 1)[0]; !strings.Contains(m, end.message(what)) {
							t.Errorf("message %q, want %q", m, end.message(what))
						}
					}
					if v := run(t, ext, "Free", packet(), 1); v != drop {
						t.Errorf("not everything is free: verdict %d", v)
					}
				}
			})
		}
	}
	if n := kit.Drain(t, ext, "events"); n != 0 {
		t.Errorf("%d records reached user space", n)
	}
	if v := readTotals(t, ext); v.Reserved != 4*2*3 {
		t.Errorf("%d records were reserved", v.Reserved)
	}
}

func refcount(t *testing.T, module string) string {
	t.Helper()
	raw, err := os.ReadFile("/sys/module/" + module + "/refcnt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(raw))
}

// TestVMPanicsLeakNothing: 100,000 panics with each kind of resource held, and
// with all of them.
func TestVMPanicsLeakNothing(t *testing.T) {
	const chunk = 25_000 // a chunk's discarded records fit the ring
	for _, what := range []byte{holdLock, holdRecord, holdLock | holdTwo | holdRecord} {
		t.Run(fmt.Sprint(what), func(t *testing.T) {
			ext := load(t, "hold", loader.Options{})
			panics := kit.Times(t, 100_000)
			// The first run is slow in a VM that translates code, and so are
			// its ticks.
			run(t, ext, "End", packet(endPanic, what), 1)
			kit.Drain(t, ext, "events")
			before, err := ext.Stats()
			if err != nil {
				t.Fatal(err)
			}
			reserved := readTotals(t, ext).Reserved
			slab, refs := kit.Slabs(t), refcount(t, "hold")+" "+refcount(t, "rex")
			start := time.Now()
			for left := panics; left > 0; left -= chunk {
				if v := run(t, ext, "End", packet(endPanic, what), uint32(min(left, chunk))); v != pass {
					t.Fatalf("verdict %d", v)
				}
				if n := kit.Drain(t, ext, "events"); n != 0 {
					t.Fatalf("%d records reached user space", n)
				}
			}
			t.Logf("%d panics in %v", panics, time.Since(start))
			st, err := ext.Stats()
			if err != nil {
				t.Fatal(err)
			}
			if st.Panics-before.Panics != uint64(panics) || st.Timeouts != before.Timeouts {
				t.Errorf("before: %+v, after: %+v", before, st)
			}
			if v := readTotals(t, ext); what&holdRecord != 0 && v.Reserved-reserved != uint64(panics) {
				t.Errorf("a record was held at %d panics", v.Reserved-reserved)
			}
			if v := run(t, ext, "Free", packet(), 1); v != drop {
				t.Errorf("not everything is free: verdict %d", v)
			}
			if now := refcount(t, "hold") + " " + refcount(t, "rex"); now != refs {
				t.Errorf("reference counts were %s, are %s", refs, now)
			}
			kit.CheckSlabs(t, slab, panics)
		})
	}
}

// TestVMReloadIsNotCharged: an extension that is loaded again, at the same
// address, is not charged with the time of its predecessor's invocations.
func TestVMReloadIsNotCharged(t *testing.T) {
	var verdicts []uint32
	for _, end := range []byte{endLoop, endPanic, endPanic} {
		obj := load(t, "hold", loader.Options{})
		// The flag that a lock sets makes polls look; the first one is to
		// be ended by ticks.
		what := byte(holdLock)
		if end == endLoop {
			what = 0
		}
		<-onCPU(t, 0, func() { verdicts = append(verdicts, run(t, obj, "End", packet(end, what), 1)) })
		st, err := obj.Stats()
		if want := uint64(end % 2); err != nil || st.Panics != want || st.Timeouts != 1-want {
			t.Errorf("how %d: %+v, %v", end, st, err)
		}
		if err := obj.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(verdicts) != 3 {
		t.Errorf("verdicts %v", verdicts)
	}
}
