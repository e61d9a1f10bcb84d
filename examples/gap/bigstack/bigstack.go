// SPDX-License-Identifier: Apache-2.0

// Package bigstack has two functions with a buffer of 320 bytes each.
package bigstack

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

// digest mixes 16 bytes.
func digest(in []byte) (sum uint32) {
	var state [320]byte
	for i := range state {
		state[i] = in[i%16] + byte(i)
	}
	for _, b := range state {
		sum = sum*31 + uint32(b)
	}
	return sum
}

// Run puts the digest of a block into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+16 {
		return xdp.Pass
	}
	var block [320]byte
	for i := range block {
		block[i] = data[14+i%16]
	}
	binary.LittleEndian.PutUint32(data, digest(block[304:]))
	return xdp.TX
}
