// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/spinlocktest"
)

func TestShow(t *testing.T) {
	var b strings.Builder
	show(&b, []spinlocktest.Book{{Balance: -1, Moves: 3}, {Balance: 1, Moves: 5}}, &spinlocktest.Audit{Done: 7, Wrong: 2})
	if want := "group 0: -1, 3 entries\ngroup 1: +1, 5 entries\n7 audits, 2 wrong\n"; b.String() != want {
		t.Errorf("got %q", b.String())
	}
}
