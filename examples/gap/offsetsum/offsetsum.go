// SPDX-License-Identifier: Apache-2.0

// Package offsetsum reads behind two options that each have a length of their own.
package offsetsum

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

// skip returns what follows an option.
func skip(b []byte) (rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, false
	}
	n := 2 + int(binary.LittleEndian.Uint16(b))
	if len(b) < n {
		return nil, false
	}
	return b[n:], true
}

// Run puts the byte behind the second option into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	b, ok := skip(data[14:])
	if ok {
		b, ok = skip(b)
	}
	if !ok || len(b) == 0 {
		return xdp.Pass
	}
	binary.LittleEndian.PutUint32(data, uint32(b[0]))
	return xdp.TX
}
