// SPDX-License-Identifier: Apache-2.0

package xdp_test

import (
	"fmt"
	"testing"

	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

// Reply swaps the Ethernet addresses of a frame that came in on queue 0 and
// sends it back.
//
//rex:xdp
func Reply(ctx *xdp.Context) xdp.Action {
	eth, _, ok := packet.ParseEthernet(ctx.Data())
	if !ok || ctx.RxQueueIndex() != 0 {
		return xdp.Pass
	}
	eth.Src, eth.Dst = eth.Dst, eth.Src
	return xdp.TX
}

func ExampleContext() {
	t := new(testing.T) // the test's own in a test function

	pkt := rextest.Packet(rextest.Ethernet{}, rextest.Text("ping"))
	action, out := rextest.RunXDP(t, Reply, pkt)
	fmt.Printf("%v % x\n", action, out[:12])
	action, _ = rextest.Frame{Data: pkt, RxQueueIndex: 3}.Run(t, Reply)
	fmt.Println(action)
	// Output:
	// TX 02 00 00 00 00 01 02 00 00 00 00 02
	// Pass
}
