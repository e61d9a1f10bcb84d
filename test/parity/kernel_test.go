// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/ringbuf"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/xdp"
)

// records reads the ring buffer empty.
func records(t *testing.T, ext *loader.Extension) (all [][]byte) {
	t.Helper()
	m, err := ext.Map("Events")
	if err != nil {
		t.Fatal(err)
	}
	r, err := ringbuf.NewReader(m)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		// All that there will be is there.
		r.SetDeadline(time.Now())
		rec, err := r.Read()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rec.RawSample)
	}
}

// wipe makes the maps of package ops, but for the filter, what they are just after
// load.
func wipe(t *testing.T, ext *loader.Extension) {
	t.Helper()
	for _, meta := range ext.Object().Maps() {
		m := kit.Map(t, ext, meta.Name)
		var err error
		switch m.Type() {
		case ebpf.Hash, ebpf.LRUHash, ebpf.PerCPUHash, ebpf.LRUCPUHash, ebpf.LPMTrie:
			var key []byte
			for m.NextKey(nil, &key) == nil {
				if err = m.Delete(key); err != nil {
					break
				}
			}
		case ebpf.Array:
			for i := range m.MaxEntries() {
				err = errors.Join(err, m.Put(i, make([]byte, m.ValueSize())))
			}
		case ebpf.PerCPUArray:
			for i := range m.MaxEntries() {
				zero := make([][]byte, ebpf.MustPossibleCPU())
				for cpu := range zero {
					zero[cpu] = make([]byte, m.ValueSize())
				}
				err = errors.Join(err, m.Put(i, zero))
			}
		case ebpf.Queue, ebpf.Stack:
			for err == nil {
				err = m.LookupAndDelete(nil, new(uint64))
			}
			if errors.Is(err, ebpf.ErrKeyNotExist) {
				err = nil
			}
		}
		if err != nil {
			t.Fatalf("wipe %s: %v", meta.Name, err)
		}
	}
}

// inKernel runs package ops, with fresh maps, on one packet.
func inKernel(t *testing.T, ext *loader.Extension, samples func() [][]byte, pkt []byte) (out outcome) {
	t.Helper()
	wipe(t, ext)
	res, err := ext.TestRun("Run", pkt)
	if err != nil {
		t.Fatal(err)
	}
	out = outcome{verdict: xdp.Action(res.Verdict), packet: res.Packet, records: records(t, ext), samples: samples()}
	out.panic = panicked(t, ext)
	return out
}

// panicked returns the message of the panic since the last call, if there was one.
func panicked(t *testing.T, ext *loader.Extension) (message string) {
	t.Helper()
	events, err := ext.Pending()
	if err != nil {
		t.Fatal(err)
	}
	for _, ev := range events {
		if ev.Kind != loader.EventLog {
			t.Log(ev)
			message = ev.Message
		}
	}
	return message
}
