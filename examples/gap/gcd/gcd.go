// SPDX-License-Identifier: Apache-2.0

// Package gcd finds the greatest common divisor of two numbers.
package gcd

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

// Run puts the divisor into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+8 {
		return xdp.Pass
	}
	a := binary.LittleEndian.Uint32(data[14:])
	b := binary.LittleEndian.Uint32(data[18:])
	for b != 0 {
		a, b = b, a%b
	}
	binary.LittleEndian.PutUint32(data, a)
	return xdp.TX
}
