// SPDX-License-Identifier: Apache-2.0

package hello

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/tracepoint"
)

func TestOnExec(t *testing.T) {
	logs := rextest.CaptureLogs(t)
	rextest.SetTask(t, rextest.Task{PID: 1235, TGID: 1234, UID: 1000})
	long := "/" + strings.Repeat("x", 200)
	for _, file := range []string{"/usr/bin/true\x00", "", long} {
		action := rextest.RunTracepoint(t, OnExec, Exec{Filename: 1}, map[tracepoint.DataLoc][]byte{1: []byte(file)})
		if action != tracepoint.Keep {
			t.Errorf("verdict %v", action)
		}
	}
	for i, want := range []string{
		"hello file=/usr/bin/true pid=1234 uid=1000 cpu=0",
		`hello file="" pid=1234 uid=1000 cpu=0`,
		"hello file=" + long[:96] + " pid=1234 uid=1000 cpu=0",
	} {
		if got := logs.Records(); len(got) != 3 || got[i].Msg != want {
			t.Errorf("logged %+v, expected %q", got, want)
		}
	}
}
