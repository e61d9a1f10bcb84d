// SPDX-License-Identifier: Apache-2.0

package rextest_test

import (
	"fmt"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

var dropped = rex.NewPerCPUArray[uint64](1)

// DropARP is an XDP program.
func DropARP(ctx *xdp.Context) xdp.Action {
	eth, _, ok := packet.ParseEthernet(ctx.Data())
	if !ok || eth.EtherType() != packet.EtherTypeARP {
		return xdp.Pass
	}
	if n := dropped.Lookup(0); n != nil {
		*n++
	}
	return xdp.Drop
}

func Example() {
	t := new(testing.T) // the test's own in a test function

	arp := rextest.Packet(rextest.Ethernet{}, rextest.ARP{})
	udp := rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: 53}, rextest.Text("hello"))

	action, _ := rextest.RunXDP(t, DropARP, arp)
	fmt.Println(action)
	action, _ = rextest.RunXDP(t, DropARP, udp)
	fmt.Println(action)
	rextest.Frame{Data: arp, CPU: 2}.Run(t, DropARP)
	fmt.Println(rextest.Values(dropped, uint32(0)))
	// Output:
	// Drop
	// Pass
	// [1 0 1 0]
}
