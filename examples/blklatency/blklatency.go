// SPDX-License-Identifier: Apache-2.0

// Package blklatency measures how long block devices take for their requests: a
// histogram for each device and direction.
package blklatency

import (
	"bytes"
	"math/bits"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/tracepoint"
)

// Slots is how many slots a histogram has: slot i is for latencies below 2^i
// microseconds that no slot before it is for, the last one for all others.
const Slots = 25

// Series says what a histogram is of.
type Series struct {
	Dev   uint32 // the kernel's dev_t: major number << 20 | minor number
	Write uint32 // 1 for writes, 0 for reads
}

// Histogram is what is known of a series.
type Histogram struct {
	Slots [Slots]uint64
	Nanos uint64 // of all requests together
	Bytes uint64
	Max   uint64 // nanoseconds
}

// request identifies a request that a device works on.
type request struct {
	dev, sector uint64
}

// issued is when it was handed to the device, and how large it is.
type issued struct {
	nanos, bytes uint64
}

var (
	inFlight = rex.NewLRUHash[request, issued](8192)
	latency  = rex.NewPerCPUHash[Series, Histogram](256)
)

// Issue is the record of block/block_rq_issue.
type Issue struct {
	Dev      uint32
	_        uint32
	Sector   uint64
	NrSector uint32
	Bytes    uint32
}

// Complete is the record of block/block_rq_complete.
type Complete struct {
	Dev      uint32
	_        uint32
	Sector   uint64
	NrSector uint32
	Error    int32
	Ioprio   uint16
	Rwbs     [8]byte
}

// OnIssue runs when a request is handed to a device's driver.
//
//rex:tracepoint block/block_rq_issue
func OnIssue(ctx *tracepoint.Context[Issue]) tracepoint.Action {
	r := ctx.Record()
	inFlight.Update(request{uint64(r.Dev), r.Sector}, issued{rex.MonotonicNanos(), uint64(r.Bytes)})
	return tracepoint.Keep
}

// OnComplete runs when the device has done it.
//
//rex:tracepoint block/block_rq_complete
func OnComplete(ctx *tracepoint.Context[Complete]) tracepoint.Action {
	r := ctx.Record()
	key := request{uint64(r.Dev), r.Sector}
	start := inFlight.Lookup(key)
	if start == nil {
		return tracepoint.Keep
	}
	defer inFlight.Delete(key)
	series := Series{Dev: r.Dev}
	switch {
	case bytes.IndexByte(r.Rwbs[:], 'W') >= 0:
		series.Write = 1
	case bytes.IndexByte(r.Rwbs[:], 'R') < 0:
		return tracepoint.Keep // a flush or a discard
	}
	h, _, err := latency.LoadOrStore(series, Histogram{})
	if err != nil {
		return tracepoint.Keep // more devices than there is room for
	}
	h.add(rex.MonotonicNanos()-start.nanos, start.bytes)
	return tracepoint.Keep
}

func (h *Histogram) add(nanos, bytes uint64) {
	h.Slots[min(bits.Len64(nanos/1000), Slots-1)]++
	h.Nanos += nanos
	h.Bytes += bytes
	h.Max = max(h.Max, nanos)
}
