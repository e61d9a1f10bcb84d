// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/ip6walk"
	"github.com/rex-go/rex/packet"
)

func TestShow(t *testing.T) {
	c := func(f ip6walk.Finding, list ...packet.Protocol) ip6walk.Chain {
		x := ip6walk.Chain{Finding: f}
		for i := range x.Headers {
			x.Headers[i] = 255
		}
		copy(x.Headers[:], list)
		return x
	}
	n := func(n uint64) *uint64 { return &n }
	var b strings.Builder
	err := show(&b, []row{
		{Key: c(ip6walk.Routing0, packet.ProtoRouting), Value: n(2)},
		{Key: c(ip6walk.Fine, packet.ProtoHopByHop, packet.ProtoICMPv6), Value: n(9)},
		{Key: c(ip6walk.Fine, 99), Value: n(1)},
	})
	want := "PACKETS  CHAIN              \n" +
		"9        hop-by-hop > icmp  \n" +
		"2        routing            dropped: type 0 routing header\n" +
		"1        99                 \n"
	if err != nil || b.String() != want {
		t.Errorf("got\n%s%v\nexpected\n%s", b.String(), err, want)
	}
}
