// SPDX-License-Identifier: Apache-2.0

// Package globalfn gives a piece of the packet to a function of a library.
package globalfn

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

// piece is a part of a packet.
type piece struct{ bytes []byte }

// first returns the first byte, 0 when there is none.
func (p *piece) first() uint32 {
	if len(p.bytes) == 0 {
		return 0
	}
	return uint32(p.bytes[0])
}

// Run puts the payload's first byte into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	p := piece{data[14:]}
	binary.LittleEndian.PutUint32(data, p.first())
	return xdp.TX
}
