// SPDX-License-Identifier: Apache-2.0

package rextest_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/tracepoint"
	"github.com/rex-go/rex/xdp"
)

var (
	sampleArray = rex.NewPerfEventArray[uint32]()
	counterMap  = rex.NewPerfCounters()
	devMap      = rex.NewDevMap(2)
	devHash     = rex.NewDevMapHash(1)
	wakeRing    = rex.NewRingBuf(4096)
)

// TestTasks: programs see the current task and those of the test.
func TestTasks(t *testing.T) {
	rextest.SetTask(t, rextest.Task{PID: 7, TGID: 6, Comm: "seven", UserNanos: 70})
	rextest.SetTasks(t, rextest.Task{PID: 8, Comm: "eight", RunNanos: 80, Address: 0xffff})
	rextest.RunKprobe(t, func(*kprobe.Context) kprobe.Action {
		if c := rex.CurrentTask(); c.PID != 7 || c.TGID != 6 || c.UserNanos != 70 || c.Comm != rex.Comm() {
			t.Errorf("%+v", c)
		}
		for _, pid := range []uint32{0, 9} {
			if rex.TaskByPID(pid) != nil {
				t.Errorf("there is a task %d", pid)
			}
		}
		eight := rex.TaskByPID(8)
		if i := eight.Info(); i.PID != 8 || i.RunNanos != 80 || i.Address != 0xffff || !bytes.HasPrefix(i.Comm[:], []byte("eight\x00")) {
			t.Errorf("%+v", i)
		}
		for range 20 {
			rex.TaskByPID(7).Release()
		}
		return kprobe.Continue
	}, rextest.Args())
}

// TestPerf: samples of programs of every type, with the packet's bytes, and
// counters.
func TestPerf(t *testing.T) {
	rextest.Reset(t)
	pkt := []byte("0123456789abcdef")
	var errs []error
	add := func(err error) { errs = append(errs, err) }
	rextest.RunXDP(t, func(ctx *xdp.Context) xdp.Action {
		add(xdp.Output(ctx, sampleArray, rex.CurrentCPU, 1))
		add(xdp.OutputPacket(ctx, sampleArray, 0, 2, 4))
		add(xdp.Output(ctx, sampleArray, 1, 0))
		return xdp.Pass
	}, pkt)
	rextest.RunTC(t, func(ctx *tc.Context) tc.Action {
		add(tc.Output(ctx, sampleArray, rex.CurrentCPU, 3))
		add(tc.OutputPacket(ctx, sampleArray, rex.CurrentCPU, 4, 18))
		add(tc.OutputPacket(ctx, sampleArray, rex.CurrentCPU, 0, 19))
		return tc.Unspec
	}, rextest.SKB{Data: pkt, Paged: []byte("gh")})
	rextest.RunKprobe(t, func(ctx *kprobe.Context) kprobe.Action {
		add(kprobe.Output(ctx, sampleArray, rex.CurrentCPU, 5))
		return kprobe.Continue
	}, rextest.Args())
	rextest.RunKretprobe(t, func(ctx *kprobe.ReturnContext) kprobe.Action {
		add(kprobe.Output(ctx, sampleArray, rex.CurrentCPU, 6))
		return kprobe.Continue
	}, rextest.Args())
	rextest.RunTracepoint(t, func(ctx *tracepoint.Context[struct{}]) tracepoint.Action {
		add(tracepoint.Output(ctx, sampleArray, rex.CurrentCPU, 7))
		return tracepoint.Keep
	}, struct{}{}, nil)
	rextest.RunPerfEvent(t, func(ctx *perfevent.Context) perfevent.Action {
		add(perfevent.Output(ctx, sampleArray, 1<<20, 8))
		return perfevent.Keep
	}, rextest.Sample{})
	for i, want := range []error{nil, nil, rex.ErrOpNotSupported, nil, nil, rex.ErrFault, nil, nil, nil, rex.ErrTooBig} {
		if errs[i] != want {
			t.Errorf("output %d: %v, want %v", i, errs[i], want)
		}
	}
	got := rextest.PerfSamples(t, sampleArray)
	packets := map[uint32]string{2: "0123", 4: string(pkt) + "gh"}
	if len(got) != 7 {
		t.Fatalf("%+v", got)
	}
	for i, s := range got {
		if s.Value != uint32(i+1) || s.CPU != 0 || string(s.Packet) != packets[s.Value] {
			t.Errorf("%+v", s)
		}
	}
	rextest.SetPerfCounter(counterMap, 0, rex.PerfCounter{Value: 5, Enabled: 6, Running: 7})
	rextest.SetPerfCounter(counterMap, 1, rex.PerfCounter{})
	for index, want := range map[uint32]error{0: nil, rex.CurrentCPU: nil, 1: rex.ErrInvalid, 2: rex.ErrNotExist, 99: rex.ErrTooBig} {
		c, err := counterMap.Read(index)
		if err != want || err == nil && c != (rex.PerfCounter{Value: 5, Enabled: 6, Running: 7}) {
			t.Errorf("counter %d: %+v, %v", index, c, err)
		}
	}
}

// TestRedirect: where packets went, and what fits into the maps.
func TestRedirect(t *testing.T) {
	rextest.Reset(t)
	if err := errors.Join(rextest.SetTarget(devMap, 1, 10), rextest.SetTarget(devHash, 77, 11), rextest.SetTarget(devHash, 77, 12)); err != nil {
		t.Fatal(err)
	}
	if a, b := rextest.SetTarget(devMap, 2, 10), rextest.SetTarget(devHash, 78, 10); a != rex.ErrTooBig || b != rex.ErrTooBig {
		t.Error(a, b)
	}
	pkt := make([]byte, 64)
	send := func(f func(*xdp.Context) xdp.Action) (xdp.Action, rextest.Redirect) {
		a, _ := rextest.RunXDP(t, f, pkt)
		return a, rextest.Redirected()
	}
	if a, r := send(func(ctx *xdp.Context) xdp.Action { return ctx.Redirect(3) }); a != xdp.Redirect || r != (rextest.Redirect{Ifindex: 3}) {
		t.Error(a, r)
	}
	if a, r := send(func(ctx *xdp.Context) xdp.Action { return xdp.RedirectMap(ctx, devHash, 77, 0) }); a != xdp.Redirect || r != (rextest.Redirect{Map: devHash, Key: 77, Value: 12}) {
		t.Error(a, r)
	}
	flags := xdp.Broadcast | xdp.ExcludeIngress
	if a, r := send(func(ctx *xdp.Context) xdp.Action { return xdp.RedirectMap(ctx, devMap, 0, flags) }); a != xdp.Redirect || r.Map != any(devMap) || r.Flags != flags {
		t.Error(a, r)
	}
	if a, _ := send(func(ctx *xdp.Context) xdp.Action { return xdp.RedirectMap(ctx, devMap, 0, xdp.OrPass) }); a != xdp.Pass {
		t.Error(a)
	}
}

// TestWakeups: a reader is woken up by the first record of an empty ring, and as
// flags say.
func TestWakeups(t *testing.T) {
	rextest.Reset(t)
	for _, c := range []struct {
		flags rex.RingBufFlags
		want  int
	}{{rex.NoWakeup, 0}, {0, 0}, {rex.ForceWakeup, 1}} {
		if err := wakeRing.OutputFlags([]byte("12345678"), c.flags); err != nil {
			t.Fatal(err)
		}
		if n := rextest.Wakeups(wakeRing); n != c.want {
			t.Errorf("flags %d: %d wake-ups", c.flags, n)
		}
	}
	if n := len(rextest.Records(wakeRing)); n != 3 {
		t.Errorf("%d records", n)
	}
	if err := wakeRing.Output([]byte("12345678")); err != nil || rextest.Wakeups(wakeRing) != 1 {
		t.Error("a record in an empty ring wakes nobody up", err)
	}
}
