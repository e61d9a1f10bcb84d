// SPDX-License-Identifier: Apache-2.0

package sdk_test

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/test/sdk/testdata/misuse"
	"github.com/rex-go/rex/xdp"
)

// misuses says what comes of each misuse: a panic, or a verdict that stands for
// its having done no harm.
var misuses = []struct {
	name    string
	prog    func(*xdp.Context) xdp.Action
	panics  string
	verdict xdp.Action
}{
	{name: "DoubleSubmit", prog: misuse.DoubleSubmit, panics: "submit of a record that is not reserved"},
	{name: "SubmitDiscarded", prog: misuse.SubmitDiscarded, panics: "submit of a record that is not reserved"},
	{name: "Unlock", prog: misuse.Unlock, panics: "unlock of a lock that is not held"},
	{name: "LockTwice", prog: misuse.LockTwice, panics: "taken twice"},
	{name: "BeyondPacket", prog: misuse.BeyondPacket, panics: "index out of range [63] with length 60"},
	{name: "KeepPointer", prog: misuse.KeepPointer, verdict: xdp.TX},
	{name: "StaleSlice", prog: misuse.StaleSlice, verdict: xdp.TX},
}

func TestMisuse(t *testing.T) {
	for _, c := range misuses {
		rextest.Reset(t)
		if c.panics != "" {
			if msg := rextest.PanicXDP(t, c.prog, make([]byte, 64)); !strings.Contains(msg, c.panics) {
				t.Errorf("%s: panic %q (expected %q in it)", c.name, msg, c.panics)
			}
		} else if a, _ := rextest.RunXDP(t, c.prog, make([]byte, 64)); a != c.verdict {
			t.Errorf("%s: verdict %v (expected %v)", c.name, a, c.verdict)
		}
	}
}

// TestVMMisuse: the same in the kernel, where a panic gives the default verdict.
func TestVMMisuse(t *testing.T) {
	ext := load(t, "misuse")
	for _, c := range misuses {
		res, err := ext.TestRun(c.name, make([]byte, 64))
		if err != nil {
			t.Fatal(err)
		}
		events, err := ext.Pending()
		if err != nil {
			t.Fatal(err)
		}
		if c.panics == "" {
			if len(events) != 0 || xdp.Action(res.Verdict) != c.verdict {
				t.Errorf("%s: verdict %v, events %v", c.name, xdp.Action(res.Verdict), events)
			}
			continue
		}
		if len(events) != 1 || !strings.Contains(events[0].Message, c.panics) || xdp.Action(res.Verdict) != xdp.Pass {
			t.Errorf("%s: verdict %v, events %v (expected %q)", c.name, xdp.Action(res.Verdict), events, c.panics)
		}
	}
}
