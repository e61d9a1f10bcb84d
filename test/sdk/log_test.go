// SPDX-License-Identifier: Apache-2.0

package sdk_test

import (
	"context"
	"slices"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/sdk/testdata/logs"
	"github.com/rex-go/rex/xdp"
)

// logPacket is the packet that asks for one kind of records.
func logPacket(kind byte) []byte {
	return rextest.Packet(rextest.Ethernet{}, rextest.Payload{
		0: kind, 1: 0x41, 2: 0xc0, 3: 9, 4: 0x20, 5: 1, 6: 0xd, 7: 0xb8, 19: 1, 20: 'h', 21: 'i', 63: 0,
	})
}

// hostLogs runs the program on the host implementation.
func hostLogs(t *testing.T, kind byte) (records []rextest.LogRecord) {
	t.Run("host", func(t *testing.T) {
		l := rextest.CaptureLogs(t)
		rextest.RunXDP(t, logs.Write, logPacket(kind))
		records = l.Records()
	})
	return records
}

// kernelLogs runs the program in the kernel.
func kernelLogs(t *testing.T, ext *loader.Extension, kind byte, want int) (records []rextest.LogRecord) {
	t.Helper()
	res, err := ext.TestRun("Write", logPacket(kind))
	if err != nil || xdp.Action(res.Verdict) != xdp.Pass {
		t.Fatalf("kind %d: verdict %d, %v", kind, res.Verdict, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), kit.Patience)
	defer cancel()
	for ev, err := range ext.Events(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if ev.Kind != loader.EventLog {
			t.Fatalf("kind %d: %v", kind, ev)
		}
		records = append(records, rextest.LogRecord{Level: rex.Level(ev.LogLevel), Msg: ev.Message})
		if len(records) == want {
			break
		}
	}
	return records
}

// TestVMLog: the kernel writes the very records that the host writes.
func TestVMLog(t *testing.T) {
	ext := load(t, "logs")
	for kind := range byte(logs.Cases) {
		want := hostLogs(t, kind)
		if len(want) == 0 {
			t.Fatalf("kind %d: the host wrote nothing", kind)
		}
		if got := kernelLogs(t, ext, kind, len(want)); !slices.Equal(got, want) {
			t.Errorf("kind %d:\nkernel %q\nhost   %q", kind, got, want)
		}
		t.Logf("%s", want[0].Msg)
	}
}
