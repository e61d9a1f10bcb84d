// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/xdptest"
)

func TestHost(t *testing.T) {
	for text, ok := range map[string]bool{"192.0.2.77": true, "2001:db8::1": false, "::ffff:192.0.2.77": false, "": false} {
		var addr netip.Addr
		if err := addr.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		h, err := host(addr)
		if ok != (err == nil) || ok && (h.IP != [4]byte{192, 0, 2, 77} || h.MAC[0]&3 != 2) {
			t.Errorf("%q: %+v, %v", text, h, err)
		}
	}
}

func TestShow(t *testing.T) {
	sums := make([]uint64, xdptest.NumStats)
	sums[xdptest.ARP], sums[xdptest.Ping], sums[xdptest.Echo], sums[xdptest.Dropped] = 1, 2, 3, 4
	var b strings.Builder
	err := show(&b, netip.MustParseAddr("192.0.2.77"), sums)
	if want := "192.0.2.77: arp 1  ping 2  echo 3  dropped 4\n"; err != nil || b.String() != want {
		t.Errorf("%q, %v (expected %q)", b.String(), err, want)
	}
}
