// SPDX-License-Identifier: Apache-2.0

// Package middle finds the middle byte of a string.
package middle

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

// Run puts the middle byte into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+1 {
		return xdp.Pass
	}
	n := int(data[14])
	if n == 0 || len(data) < 15+n {
		return xdp.Pass
	}
	s := data[15 : 15+n]
	binary.LittleEndian.PutUint32(data, uint32(s[n/2]))
	return xdp.TX
}
