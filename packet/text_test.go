// SPDX-License-Identifier: Apache-2.0

package packet_test

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"

	"github.com/rex-go/rex/packet"
)

// TestAddressText compares with packages net and netip.
func TestAddressText(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		var a packet.IPv6Addr
		// Few bits, so that there are runs of zeros of all lengths.
		for i := range a {
			if r.IntN(3) == 0 {
				a[i] = byte(r.Uint32())
			}
		}
		if r.IntN(10) == 0 {
			a = packet.IPv6Addr{10: 0xff, 11: 0xff, 12: a[0], 13: a[1], 14: a[2], 15: a[3]}
		}
		if got, want := a.String(), netip.AddrFrom16(a).String(); got != want {
			t.Fatalf("% x: %s (expected %s)", a, got, want)
		}
		v4 := packet.IPv4Addr(a[:4])
		if got, want := v4.String(), netip.AddrFrom4(v4).String(); got != want {
			t.Fatalf("% x: %s (expected %s)", v4, got, want)
		}
		mac := packet.MAC(a[:6])
		if got, want := mac.String(), net.HardwareAddr(mac[:]).String(); got != want {
			t.Fatalf("% x: %s (expected %s)", mac, got, want)
		}
	}
	for addr, want := range map[packet.IPv6Addr]string{{}: "::", {15: 1}: "::1", {0: 0x20, 1: 1, 2: 0xd, 3: 0xb8}: "2001:db8::"} {
		if got := addr.String(); got != want {
			t.Errorf("got %s (expected %s)", got, want)
		}
	}
}

func TestNumberText(t *testing.T) {
	if got := (packet.BE16{0, 80}).String() + " " + (packet.BE32{1}).String() + " " +
		(packet.BE64{255, 255, 255, 255, 255, 255, 255, 255}).String(); got != "80 16777216 18446744073709551615" {
		t.Errorf("got %s", got)
	}
}
