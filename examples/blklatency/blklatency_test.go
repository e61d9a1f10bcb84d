// SPDX-License-Identifier: Apache-2.0

package blklatency

import (
	"testing"

	"github.com/rex-go/rex/rextest"
)

func TestLatency(t *testing.T) {
	rextest.Reset(t)
	now := uint64(1_000_000)
	rextest.SetClock(t, func() uint64 { return now })
	done := func(dev uint32, sector uint64, rwbs string) {
		c := Complete{Dev: dev, Sector: sector}
		copy(c.Rwbs[:], rwbs)
		rextest.RunTracepoint(t, OnComplete, c, nil)
	}
	done(1, 8, "R") // issued before
	for i, r := range []struct {
		nanos uint64
		rwbs  string
	}{{999, "R"}, {1000, "RA"}, {100_000, "R"}, {5_000_000, "WS"}, {1 << 50, "W"}, {1000, "FF"}, {1000, "D"}} {
		now = 1_000_000
		rextest.RunTracepoint(t, OnIssue, Issue{Dev: 1, Sector: uint64(i), Bytes: 4096}, nil)
		now += r.nanos
		done(2, uint64(i), r.rwbs) // another device
		done(1, uint64(i), r.rwbs)
		done(1, uint64(i), r.rwbs) // done already
	}
	var reads, writes Histogram
	reads.Slots[0], reads.Slots[1], reads.Slots[7] = 1, 1, 1
	reads.Nanos, reads.Bytes, reads.Max = 101_999, 3*4096, 100_000
	writes.Slots[13], writes.Slots[Slots-1] = 1, 1
	writes.Nanos, writes.Bytes, writes.Max = 5_000_000+1<<50, 2*4096, 1<<50
	for i, want := range []Histogram{reads, writes} {
		if got := latency.Lookup(Series{1, uint32(i)}); got == nil || *got != want {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	}
	if latency.Lookup(Series{Dev: 2}) != nil {
		t.Error("a device without requests has a histogram")
	}
}
