// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"testing"

	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/netlab"
)

// newPair makes a veth pair with addresses 10.n.0.1 and 10.n.0.2 that is up, for
// the time of the test.
func newPair(t *testing.T, name string, n int) *netlab.Pair {
	t.Helper()
	kit.Need(t)
	pair, err := netlab.NewPair(name, n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pair.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := pair.Up(); err != nil {
		t.Fatal(err)
	}
	return pair
}
