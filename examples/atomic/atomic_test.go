// SPDX-License-Identifier: Apache-2.0

package atomic

import (
	"testing"

	"github.com/rex-go/rex/rextest"
)

func TestOnWrite(t *testing.T) {
	rextest.Reset(t)
	rextest.SetTask(t, rextest.Task{TGID: 7})
	logs := rextest.CaptureLogs(t)
	turn.Store(0)
	for i := range int64(250) {
		rextest.RunTracepoint(t, OnWrite, Exit{Nr: 1, Ret: i % 100}, nil)
	}
	rextest.RunTracepoint(t, OnWrite, Exit{Nr: 1, Ret: -4}, nil)
	*only.Lookup(0) = 8
	rextest.RunTracepoint(t, OnWrite, Exit{Nr: 1, Ret: 1000}, nil)
	want := Writes{Calls: 250, Bytes: 2*4950 + 49*50/2, Largest: 99, CPUs: 1, Racy: 250}
	if got := *writes.Lookup(0); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := logs.Records(); len(got) != 2 || got[1].Msg != "write number=200 bytes=99 pid=7" {
		t.Errorf("logged %+v", got)
	}
}
