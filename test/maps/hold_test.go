// SPDX-License-Identifier: Apache-2.0

package maps_test

import (
	"testing"

	"github.com/rex-go/rex/loader"
)

// Bytes of the packets for program End of package hold.
const (
	endPanic = 1
	endLoop  = 2
	holdLock = 1
)

// TestVMReloadIsNotCharged: an extension that is loaded again, at the same
// address, is not charged with the time of its predecessor's invocations.
func TestVMReloadIsNotCharged(t *testing.T) {
	var verdicts []uint32
	for _, end := range []byte{endLoop, endPanic, endPanic} {
		obj := load(t, "hold", loader.Options{})
		// The flag that a lock sets makes polls look; the first one is to
		// be ended by ticks.
		what := byte(holdLock)
		if end == endLoop {
			what = 0
		}
		<-onCPU(t, 0, func() { verdicts = append(verdicts, run(t, obj, "End", packet(end, what), 1)) })
		st, err := obj.Stats()
		if want := uint64(end % 2); err != nil || st.Panics != want || st.Timeouts != 1-want {
			t.Errorf("how %d: %+v, %v", end, st, err)
		}
		if err := obj.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(verdicts) != 3 {
		t.Errorf("verdicts %v", verdicts)
	}
}
