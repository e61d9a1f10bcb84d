// SPDX-License-Identifier: Apache-2.0

package traceevent

import (
	"slices"
	"testing"

	"github.com/rex-go/rex/rextest"
)

func TestSample(t *testing.T) {
	rextest.Reset(t)
	rextest.SetTask(t, rextest.Task{PID: 8, TGID: 7, Comm: "busy"})
	kernel, user := []uint64{0xffffffff81000010, 0xffffffff81000020}, []uint64{0x401000, 0x402000}
	for range 3 {
		rextest.SetStacks(t, nil, user)
		rextest.RunPerfEvent(t, Sample, rextest.Sample{})
	}
	for range 2 {
		rextest.SetStacks(t, kernel, user)
		rextest.RunPerfEvent(t, Sample, rextest.Sample{})
	}
	*only.Lookup(0) = 9
	rextest.RunPerfEvent(t, Sample, rextest.Sample{})
	found := 0
	for k, n := range counts.All() {
		found++
		if k.PID != 7 || string(k.Comm[:5]) != "busy\x00" || !slices.Equal(rextest.Stack(stacks, k.User), user) {
			t.Errorf("%+v: %d", k, *n)
		}
		switch {
		case k.Kernel == None && *n == 3:
		case *n == 2 && slices.Equal(rextest.Stack(stacks, k.Kernel), kernel):
		default:
			t.Errorf("%+v: %d", k, *n)
		}
	}
	if found != 2 {
		t.Errorf("%d entries", found)
	}
}
