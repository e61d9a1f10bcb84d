// SPDX-License-Identifier: Apache-2.0

// Package fillpos writes two strings one behind the other into a buffer.
package fillpos

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

// Run marks the last byte of each and puts three bytes of the buffer into the
// packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+2 {
		return xdp.Pass
	}
	var buf [64]byte
	a, b := int(data[14]), int(data[15])
	if a == 0 || b == 0 || a+b > len(buf) {
		return xdp.Pass
	}
	buf[a-1] = 'a'
	buf[a+b-1] = 'b'
	binary.LittleEndian.PutUint32(data, uint32(buf[0])|uint32(buf[20])<<8|uint32(buf[63])<<16)
	return xdp.TX
}
