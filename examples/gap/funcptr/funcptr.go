// SPDX-License-Identifier: Apache-2.0

// Package funcptr calls a function that the packet chooses.
package funcptr

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

func add(a, b uint32) uint32 { return a + b }
func sub(a, b uint32) uint32 { return a - b }

// Run computes what the packet asks for.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+3 {
		return xdp.Pass
	}
	op := sub
	if data[14] == '+' {
		op = add
	}
	binary.LittleEndian.PutUint32(data, op(uint32(data[15]), uint32(data[16])))
	return xdp.TX
}
