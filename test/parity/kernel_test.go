// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

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

// inKernel loads package ops, with fresh maps, and runs it on one packet.
func inKernel(t *testing.T, pkt []byte) (out outcome) {
	t.Helper()
	ext, err := loader.Load(kit.Object(t, "ops"), loader.Options{})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	defer func() {
		if err := ext.Close(); err != nil {
			t.Errorf("%+v", err)
		}
	}()
	samples := prepareKernel(t, ext)
	res, err := ext.TestRun("Run", pkt)
	if err != nil {
		t.Fatal(err)
	}
	st, err := ext.Stats()
	if err != nil {
		t.Fatal(err)
	}
	out = outcome{verdict: xdp.Action(res.Verdict), packet: res.Packet, records: records(t, ext), samples: samples()}
	if st.Panics+st.Timeouts+st.StackOverflows == 0 {
		return out
	}
	for ev, err := range ext.Events(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if ev.Kind != loader.EventLog {
			out.panic = ev.Message
			t.Log(ev)
			break
		}
	}
	return out
}
