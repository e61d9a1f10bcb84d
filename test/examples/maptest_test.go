// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/maptest"
)

// TestVMMapTest: both sides find in a map of each kind what the other one has put
// there.
func TestVMMapTest(t *testing.T) {
	out := runToEnd(t, "maptest")
	if n := strings.Count(out, "  ok\n"); n != len(maptest.Tests) {
		t.Errorf("%d of %d kinds are fine:\n%s", n, len(maptest.Tests), out)
	}
}
