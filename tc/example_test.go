// SPDX-License-Identifier: Apache-2.0

package tc_test

import (
	"fmt"
	"testing"

	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/tc"
)

// Prioritize gives name lookups a queue of their own.
//
//rex:tc
func Prioritize(ctx *tc.Context) tc.Action {
	eth, rest, ok := packet.ParseEthernet(ctx.Data())
	if !ok || eth.EtherType() != packet.EtherTypeIPv4 {
		return tc.Unspec
	}
	ip, rest, ok := packet.ParseIPv4(rest)
	if !ok || ip.Protocol != packet.ProtoUDP {
		return tc.Unspec
	}
	if udp, _, ok := packet.ParseUDP(rest); ok && udp.DstPort.Get() == 53 {
		ctx.SetPriority(6)
	}
	return tc.Unspec
}

func ExampleContext() {
	t := new(testing.T) // the test's own in a test function

	for _, port := range []uint16{53, 80} {
		_, skb := rextest.RunTC(t, Prioritize, rextest.SKB{
			Data: rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: port}),
		})
		fmt.Println(port, skb.Priority)
	}
	// Output:
	// 53 6
	// 80 0
}
