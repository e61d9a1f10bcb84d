// SPDX-License-Identifier: Apache-2.0

// Package sumall adds up all bytes of a packet.
package sumall

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

// Run puts the sum into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	var sum uint32
	for _, b := range data {
		sum += uint32(b)
	}
	binary.LittleEndian.PutUint32(data, sum)
	return xdp.TX
}
