// SPDX-License-Identifier: Apache-2.0

// Package itoa writes a number in decimal.
package itoa

import (
	"encoding/binary"
	"strconv"

	"github.com/rex-go/rex/xdp"
)

// Run puts the digits into the packet's first ten bytes.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+4 {
		return xdp.Pass
	}
	digits := strconv.FormatUint(uint64(binary.LittleEndian.Uint32(data[14:])), 10)
	clear(data[:10])
	copy(data[10-len(digits):], digits)
	return xdp.TX
}
