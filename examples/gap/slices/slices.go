// SPDX-License-Identifier: Apache-2.0

// Package slices splits eight bytes at the commas.
package slices

import (
	"bytes"
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

// Run puts the first byte of the field that the packet names into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+9 {
		return xdp.Pass
	}
	fields := bytes.Split(data[15:23], []byte(","))
	want := int(data[14])
	if want >= len(fields) || len(fields[want]) == 0 {
		return xdp.Pass
	}
	binary.LittleEndian.PutUint32(data, uint32(fields[want][0]))
	return xdp.TX
}
