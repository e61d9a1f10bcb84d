// SPDX-License-Identifier: Apache-2.0

// Package arraymod chooses one of ten backends by the hash of the flow.
package arraymod

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

var backend = [10]uint32{11, 22, 33, 44, 55, 66, 77, 88, 99, 110}

// Run puts the backend into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+8 {
		return xdp.Pass
	}
	hash := binary.LittleEndian.Uint64(data[14:])
	binary.LittleEndian.PutUint32(data, backend[hash%10])
	return xdp.TX
}
