// SPDX-License-Identifier: Apache-2.0

package xdp_test

import (
	"fmt"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

var ports = rex.NewDevMap(16)

// Forward sends each queue's packets through an interface of its own.
//
//rex:xdp
func Forward(ctx *xdp.Context) xdp.Action {
	return xdp.RedirectMap(ctx, ports, ctx.RxQueueIndex(), xdp.OrPass)
}

func ExampleRedirectMap() {
	t := new(testing.T) // the test's own in a test function
	rextest.SetTarget(ports, 1, 42)
	pkt := make([]byte, 64)
	action, _ := rextest.Frame{Data: pkt, RxQueueIndex: 1}.Run(t, Forward)
	fmt.Println(action, "to interface", rextest.Redirected().Value)
	action, _ = rextest.Frame{Data: pkt, RxQueueIndex: 2}.Run(t, Forward)
	fmt.Println(action)
	// Output:
	// Redirect to interface 42
	// Pass
}
