// SPDX-License-Identifier: Apache-2.0

// Package rangeidiom counts packets of the kinds 5 to 9.
package rangeidiom

import (
	"encoding/binary"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

var count = rex.NewArray[uint32](10)

// Run puts the count of the packet's kind into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+4 {
		return xdp.Pass
	}
	kind := binary.LittleEndian.Uint32(data[14:])
	if kind-5 >= 5 {
		return xdp.Pass
	}
	n := count.Lookup(kind)
	*n++
	binary.LittleEndian.PutUint32(data, *n)
	return xdp.TX
}
