// SPDX-License-Identifier: Apache-2.0

// Package strsearch finds a word in the first 1,000 bytes.
package strsearch

import (
	"bytes"
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

// Run puts the place where the word stands into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+17 {
		return xdp.Pass
	}
	n := int(data[14])
	if n == 0 || n > 16 {
		return xdp.Pass
	}
	text := data[31:]
	at := bytes.Index(text[:min(len(text), 999+n)], data[15:15+n])
	if at < 0 {
		return xdp.Pass
	}
	binary.LittleEndian.PutUint32(data, uint32(at))
	return xdp.TX
}
