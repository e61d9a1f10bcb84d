// SPDX-License-Identifier: Apache-2.0

package syscalltp

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/rextest"
)

func TestPair(t *testing.T) {
	rextest.Reset(t)
	var now uint64
	rextest.SetClock(t, func() uint64 { now += 100; return now })
	rextest.SetTask(t, rextest.Task{PID: 8, TGID: 7, Comm: "cat"})
	rextest.SetMemory(t, nil, map[uint64][]byte{0x1000: []byte("/etc/passwd\x00"), 0x2000: []byte(strings.Repeat("x", 300) + "\x00")})
	call := func(name uint64, ret int64) {
		rextest.RunTracepoint(t, Enter, SysEnter{Filename: name}, nil)
		rextest.RunTracepoint(t, Exit, SysExit{Ret: ret}, nil)
	}
	rextest.RunTracepoint(t, Exit, SysExit{Ret: 3}, nil) // entered before
	call(0x1000, 3)
	call(0x2000, -2)
	call(0x3000, -14)
	*only.Lookup(0) = 9
	call(0x1000, 3)
	got := rextest.RecordsOf[Open](t, opens)
	if len(got) != 3 {
		t.Fatalf("%d records", len(got))
	}
	for i, want := range []struct {
		name string
		ret  int64
	}{{"/etc/passwd", 3}, {strings.Repeat("x", MaxName), -2}, {"", -14}} {
		o := got[i]
		if name := string(o.Name[:o.Len]); name != want.name || o.Ret != want.ret || o.Nanos != 100 || o.PID != 7 || string(o.Comm[:4]) != "cat\x00" {
			t.Errorf("%d: %+v (%s)", i, o, name)
		}
	}
}
