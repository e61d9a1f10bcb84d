// SPDX-License-Identifier: Apache-2.0

// Package copyn copies a name whose length stands before it.
package copyn

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

var name [64]byte

// Run puts the sum of the name's bytes into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+1 {
		return xdp.Pass
	}
	n := int(data[14])
	if n > len(name) || len(data) < 15+n {
		return xdp.Pass
	}
	copy(name[:n], data[15:])
	var sum uint32
	for _, b := range name[:n] {
		sum += uint32(b)
	}
	binary.LittleEndian.PutUint32(data, sum)
	return xdp.TX
}
