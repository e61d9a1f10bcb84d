// SPDX-License-Identifier: Apache-2.0

package perfevent_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/rextest"
)

// samples has the number of samples by page of code.
var samples = rex.NewLRUHash[uint64, uint64](4096)

// Profile finds the pages of code that the CPU spends its time in.
//
//rex:perfevent
func Profile(ctx *perfevent.Context) perfevent.Action {
	if n, _, err := samples.LoadOrStore(ctx.IP()>>12, 0); err == nil {
		atomic.AddUint64(n, 1)
	}
	return perfevent.Discard
}

func ExampleContext() {
	t := new(testing.T) // the test's own in a test function

	for _, ip := range []uint64{0x401010, 0x401abc, 0x402000} {
		rextest.RunPerfEvent(t, Profile, rextest.Sample{Registers: rex.Registers{RIP: ip}, Period: 1e6})
	}
	fmt.Println(*samples.Lookup(0x401), *samples.Lookup(0x402))
	// Output: 2 1
}
