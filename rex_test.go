// SPDX-License-Identifier: Apache-2.0

package rex_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
)

func TestErrno(t *testing.T) {
	wrapped := fmt.Errorf("update flow: %w", rex.ErrTooBig)
	if !errors.Is(wrapped, rex.ErrTooBig) || errors.Is(wrapped, rex.ErrExist) {
		t.Error("errors.Is does not tell errnos apart")
	}
	for e, want := range map[rex.Errno]string{
		rex.ErrNotExist: "no such entry",
		rex.Errno(0):    "errno 0",
		rex.Errno(110):  "errno 110",
		^rex.Errno(0):   "errno 4294967295",
	} {
		if got := e.Error(); got != want {
			t.Errorf("errno %d: %q (expected %q)", uint32(e), got, want)
		}
	}
	if !rex.ErrBusy.Temporary() || rex.ErrExist.Temporary() {
		t.Error("Temporary is wrong")
	}
}

func TestErrorsDoNotAllocate(t *testing.T) {
	m := rex.NewHash[uint32, uint32](1)
	if n := testing.AllocsPerRun(100, func() {
		if m.Delete(1) != rex.ErrNotExist || m.Lookup(1) != nil {
			t.Fatal("empty map holds something")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestView(t *testing.T) {
	b := []byte{0, 1, 2, 3, 4}
	for off, want := range map[int]int{-1: -1, 0: 0x0001, 1: 0x0102, 3: 0x0304, 4: -1, 5: -1, 6: -1, 1 << 62: -1} {
		v, ok := rex.ViewAt[packet.BE16](b, off)
		if ok != (want >= 0) || ok != (v != nil) || ok && int(v.Get()) != want {
			t.Errorf("ViewAt %d: %v, %t (expected %#x)", off, v, ok, want)
		}
	}
	v, ok := rex.View[packet.BE32](b)
	if !ok {
		t.Fatal("View of enough bytes failed")
	}
	v.Set(0xcafef00d)
	if b[0] != 0xca || b[3] != 0x0d || b[4] != 4 {
		t.Errorf("writing through the view left % x", b)
	}
	if _, ok := rex.View[packet.BE16](nil); ok {
		t.Error("View of nil succeeded")
	}
	if v, ok := rex.View[struct{}](nil); !ok || v != nil {
		t.Errorf("View of a type without size: %v, %t (expected nil, true: b has no address)", v, ok)
	}
}

func TestEnvironment(t *testing.T) {
	if a, b := rex.MonotonicNanos(), rex.MonotonicNanos(); b < a {
		t.Errorf("clock goes backwards: %d, then %d", a, b)
	}
	t.Run("clock", func(t *testing.T) {
		rextest.SetClock(t, func() uint64 { return 42 })
		if got := rex.MonotonicNanos(); got != 42 {
			t.Errorf("got %d", got)
		}
	})
	if rex.MonotonicNanos() == 42 {
		t.Error("the test's clock outlived the test")
	}
	logs := rextest.CaptureLogs(t)
	rex.Log(rex.LevelWarn, "short")
	rex.Log(rex.Level(9), strings.Repeat("x", 200))
	r := logs.Records()
	if len(r) != 2 || r[0] != (rextest.LogRecord{Level: rex.LevelWarn, Msg: "short"}) || len(r[1].Msg) != 168 {
		t.Errorf("records are %v", r)
	}
	if got := fmt.Sprint(rex.LevelDebug, rex.LevelError, r[1].Level); got != "DEBUG ERROR LEVEL(9)" {
		t.Errorf("levels print as %s", got)
	}
}
