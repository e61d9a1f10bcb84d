// SPDX-License-Identifier: Apache-2.0

// Package second counts test packets, as its twin does: one takes the place of the
// other.
package second

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

// seen is shared by both.
var seen = rex.NewPerCPUArray[uint64](1)

// Count counts the test's packets and drops them.
//
//rex:xdp
func Count(ctx *xdp.Context) xdp.Action {
	// The EtherType for local experiments.
	if b := ctx.Data(); len(b) < 14 || b[12] != 0x88 || b[13] != 0xb5 {
		return xdp.Pass
	}
	if n := seen.Lookup(0); n != nil {
		*n++
	}
	return xdp.Drop
}

// Other is attached and detached beside.
//
//rex:xdp
func Other(ctx *xdp.Context) xdp.Action { return xdp.Pass }
