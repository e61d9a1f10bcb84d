// SPDX-License-Identifier: Apache-2.0

package spinlocktest

import (
	"testing"

	"github.com/rex-go/rex/rextest"
)

func TestOnSwitch(t *testing.T) {
	rextest.Reset(t)
	run := func(prev, next int32) {
		rextest.RunTracepoint(t, OnSwitch, Switch{PrevPID: prev, NextPID: next}, nil)
	}
	for range 5 {
		run(0, 9)   // account 0 to 1
		run(9, 10)  // 1 to 2
		run(10, 18) // both in 2
	}
	run(2, 0)
	for i, want := range map[uint32]Book{0: {-4, 6}, 1: {0, 10}, 2: {4, 6}, 3: {}} {
		if got := accounts.Lookup(i).Book; got != want {
			t.Errorf("account %d: %+v, want %+v", i, got, want)
		}
	}
	if a := audits.Lookup(0); a.Done != 1 || a.Wrong != 0 {
		t.Errorf("%d audits, %d wrong", a.Done, a.Wrong)
	}
	// An entry in one account only is found.
	accounts.Lookup(3).Balance++
	for range auditEvery {
		run(0, 1)
	}
	if a := audits.Lookup(0); a.Done != 2 || a.Wrong != 1 {
		t.Errorf("%d audits, %d wrong", a.Done, a.Wrong)
	}
}
