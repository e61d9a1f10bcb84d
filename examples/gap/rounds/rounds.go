// SPDX-License-Identifier: Apache-2.0

// Package rounds checks a cookie that costs 40,000 rounds of mixing.
package rounds

import (
	"encoding/binary"
	"math/bits"

	"github.com/rex-go/rex/xdp"
)

// Run puts the cookie into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+16 {
		return xdp.Pass
	}
	v0, v1 := binary.LittleEndian.Uint64(data[14:]), binary.LittleEndian.Uint64(data[22:])
	v2, v3 := uint64(2), uint64(3)
	for range 40000 {
		v0 += v1
		v1 = bits.RotateLeft64(v1, 13) ^ v0
		v0 = bits.RotateLeft64(v0, 32)
		v2 += v3
		v3 = bits.RotateLeft64(v3, 16) ^ v2
		v0 += v3
		v3 = bits.RotateLeft64(v3, 21) ^ v0
		v2 += v1
		v1 = bits.RotateLeft64(v1, 17) ^ v2
		v2 = bits.RotateLeft64(v2, 32)
	}
	binary.LittleEndian.PutUint32(data, uint32(v0^v1^v2^v3))
	return xdp.TX
}
