// SPDX-License-Identifier: Apache-2.0

// Package ctxnarrow hashes the receive queue's number byte by byte.
package ctxnarrow

import (
	"encoding/binary"
	"hash/fnv"

	"github.com/rex-go/rex/xdp"
)

// Run puts the FNV-1a hash of the queue's number into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	h := fnv.New32a()
	h.Write(binary.LittleEndian.AppendUint32(nil, ctx.RxQueueIndex()))
	binary.LittleEndian.PutUint32(data, h.Sum32())
	return xdp.TX
}
