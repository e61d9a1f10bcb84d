// SPDX-License-Identifier: Apache-2.0

package load_test

import (
	"context"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// monotonic is what the records' times are: CLOCK_MONOTONIC.
func monotonic(t *testing.T) time.Duration {
	t.Helper()
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		t.Fatal(err)
	}
	return time.Duration(ts.Nano())
}

// watch reads events of all extensions until the test ends, from one of the
// starter's on.
func watch(t *testing.T, starter *loader.Extension, objs ...*loader.Object) <-chan loader.Event {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	events := make(chan loader.Event, 1000)
	open := make(chan struct{})
	go func() {
		defer close(events)
		first := true
		for ev, err := range loader.Watch(ctx, objs...) {
			if err != nil {
				t.Error(err)
				return
			}
			if first {
				close(open)
				first = false
			}
			if ev.Extension != starter.Name() {
				events <- ev
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		for range events {
		}
	})
	for {
		if _, err := starter.TestRun("Say", packet); err != nil {
			t.Fatal(err)
		}
		select {
		case <-open:
			return events
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// TestVMEventFields: records of every kind, made on every CPU, say what happened
// when, where and to whom, and every reader gets each of them: two extensions'
// own, and two that watch all, of which one has no object and so no lines.
func TestVMEventFields(t *testing.T) {
	needVM(t)
	obj := object(t, "probe")
	ext := load(t, obj, loader.Options{})
	starter := load(t, obj, loader.Options{Name: "starter"})
	watchers := []<-chan loader.Event{watch(t, starter, obj), watch(t, starter)}
	st, err := ext.Stats()
	if err != nil {
		t.Fatal(err)
	}
	var last uint64
	for cpu := range runtime.NumCPU() {
		for _, tt := range []struct {
			prog    string
			kind    any
			message string
			frames  bool
		}{
			{"Index", loader.EventPanic, "panic: runtime error: index out of range [5] with length 3", true},
			{"Recurse", loader.EventStackOverflow, "fatal error: stack overflow", true},
			{"Loop", loader.EventTimeout, "fatal error: time budget of 100ms exceeded", true},
			{"Say", loader.EventLog, "said never=0", false},
		} {
			var from, to time.Duration
			<-kit.OnCPU(t, cpu, func() {
				from = monotonic(t)
				if _, err := ext.TestRun(tt.prog, packet); err != nil {
					t.Error(err)
				}
				to = monotonic(t)
			})
			ev := next(t, ext)
			if ev.Kind != tt.kind || ev.Message != tt.message || ev.Extension != st.Name || ev.Program != tt.prog || ev.Type != "xdp" ||
				ev.CPU != uint32(cpu) || ev.Context != "task" || ev.PID != uint32(os.Getpid()) || ev.Comm == "" || ev.Level != 0 {
				t.Errorf("CPU %d, %s: %+v", cpu, tt.prog, ev)
			}
			if ev.Time < from || ev.Time > to {
				t.Errorf("CPU %d, %s: happened at %v, between %v and %v", cpu, tt.prog, ev.Time, from, to)
			}
			if ev.Seq <= last {
				t.Errorf("CPU %d, %s: number %d after %d", cpu, tt.prog, ev.Seq, last)
			}
			last = ev.Seq
			if (len(ev.Frames) > 0) != tt.frames {
				t.Errorf("CPU %d, %s: frames %+v", cpu, tt.prog, ev.Frames)
			}
			for i, w := range watchers {
				got := <-w
				if got.Seq != ev.Seq || got.Time != ev.Time || got.Message != ev.Message || got.CPU != ev.CPU || len(got.Frames) < min(1, len(ev.Frames)) {
					t.Errorf("watcher %d: %+v, want %+v", i, got, ev)
				}
				if tt.frames && strings.HasSuffix(got.Frames[0].File, "probe.go") != (i == 0) {
					t.Errorf("watcher %d: frame %+v", i, got.Frames[0])
				}
			}
		}
	}
}
