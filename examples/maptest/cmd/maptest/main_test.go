// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/maptest"
)

func TestReport(t *testing.T) {
	kinds := map[string]string{}
	var want strings.Builder
	for i, test := range maptest.Tests {
		kinds[test.Map] = fmt.Sprint("Kind", i)
		fmt.Fprintf(&want, "%-15s  %s\n", kinds[test.Map], "ok")
	}
	var b strings.Builder
	if err := report(&b, kinds, func(int) error { return nil }); err != nil || b.String() != want.String() {
		t.Errorf("got\n%s%v\nexpected\n%s", b.String(), err, want.String())
	}
	b.Reset()
	err := report(&b, kinds, func(i int) error {
		if i == 1 || i == 3 {
			return errors.New("it was empty")
		}
		return nil
	})
	if want := fmt.Sprintf("2 of %d kinds of maps failed", len(maptest.Tests)); err == nil || err.Error() != want {
		t.Errorf("%v (expected %s)", err, want)
	}
	if n := strings.Count(b.String(), "it was empty\n"); n != 2 || !strings.Contains(b.String(), "Kind3            it was empty\n") {
		t.Errorf("got\n%s", b.String())
	}
}

// TestUsers: what user space does is for maps that there are; it would be left out
// for one with another name.
func TestUsers(t *testing.T) {
	for name := range users {
		if !slices.ContainsFunc(maptest.Tests[:], func(x maptest.Test) bool { return x.Map == name }) {
			t.Errorf("no test uses the map %s", name)
		}
	}
	if over().Err() == nil {
		t.Error("reading would not end")
	}
	if p := prefix(16, 10, 1); p.Bits != 16 || p.Addr != (maptest.Addr{10, 1}) {
		t.Errorf("prefix: %+v", p)
	}
}
