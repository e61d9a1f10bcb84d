// SPDX-License-Identifier: Apache-2.0

// Package nilarray counts in the only element of an array.
package nilarray

import (
	"encoding/binary"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

var seen = rex.NewArray[uint64](1)

// Run puts the count into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	n := seen.Lookup(0)
	*n++
	binary.LittleEndian.PutUint32(ctx.Data(), uint32(*n))
	return xdp.TX
}
