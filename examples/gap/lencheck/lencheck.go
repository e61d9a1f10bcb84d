// SPDX-License-Identifier: Apache-2.0

// Package lencheck checks the length of what is left.
package lencheck

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

// Run adds two bytes.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+4 {
		return xdp.Pass
	}

	binary.LittleEndian.PutUint32(data, uint32(data[14])+uint32(data[17]))
	return xdp.TX
}
