// SPDX-License-Identifier: Apache-2.0

// Package ctxselect answers with one of two fields of the context.
package ctxselect

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

// Run puts the field that the packet's first byte names into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+1 {
		return xdp.Pass
	}
	v := ctx.RxQueueIndex()
	if data[14] == 1 {
		v = ctx.IngressIfindex()
	}
	binary.LittleEndian.PutUint32(data, v)
	return xdp.TX
}
