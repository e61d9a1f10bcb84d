// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/test/netlab"
)

// TestVMRateLimit: of the datagrams that a network sends at once a burst reaches
// the server, and the program counts the others.
func TestVMRateLimit(t *testing.T) {
	pair := newPair(t, "rxrl", 50)
	server, err := netlab.Listen(pair.LocalIP4, 9999)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	// A slow machine takes seconds, and each adds one. ARP has no bucket.
	a := start(t, "ratelimit", "-every", "1h", "-iface", pair.Local, "-rate", "1", "-burst", "20")
	if err := pair.SendUDP(pair.LocalIP4, 9999, []byte("x"), 200); err != nil {
		t.Fatal(err)
	}
	out := a.stop()
	passed, dropped := number(t, out, `10\.50\.0\.0/24 +(\d+)`), number(t, out, `10\.50\.0\.0/24 +\d+ +(\d+)`)
	if passed+dropped != 200 || passed < 20 || passed > 100 || !strings.Contains(out, "░") {
		t.Errorf("%d passed, %d dropped", passed, dropped)
	}
	if n := uint64(server.Received()); n > passed {
		t.Errorf("%d reached the server, %d passed", n, passed)
	}
}
