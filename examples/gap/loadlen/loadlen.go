// SPDX-License-Identifier: Apache-2.0

// Package loadlen copies as many bytes as the packet says, which may be none.
package loadlen

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

// Run puts the sum of the bytes into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+1 {
		return xdp.Pass
	}
	var buf [64]byte
	n := int(data[14])
	if n > len(buf) || len(data) < 15+n {
		return xdp.Pass
	}
	copy(buf[:], data[15:15+n])
	var sum uint32
	for _, b := range buf {
		sum += uint32(b)
	}
	binary.LittleEndian.PutUint32(data, sum)
	return xdp.TX
}
