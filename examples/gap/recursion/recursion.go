// SPDX-License-Identifier: Apache-2.0

// Package recursion measures the depth of a tree.
package recursion

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

// input is a tree: each byte is the number of a node's children, of which four
// count.
type input struct{ bytes []byte }

// depth reads a node and returns how deep the tree is below it.
func (in *input) depth() uint32 {
	if len(in.bytes) == 0 {
		return 0
	}
	children := min(in.bytes[0], 4)
	in.bytes = in.bytes[1:]
	var deepest uint32
	for range children {
		deepest = max(deepest, in.depth())
	}
	return deepest + 1
}

// Run puts the depth into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+32 {
		return xdp.Pass
	}
	in := input{bytes: data[14:46]}
	binary.LittleEndian.PutUint32(data, in.depth())
	return xdp.TX
}
