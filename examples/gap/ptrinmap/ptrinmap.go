// SPDX-License-Identifier: Apache-2.0

// Package ptrinmap makes a linked list.
package ptrinmap

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

type node struct {
	next  *node
	value uint32
}

// Run puts 16 bytes into a list and a sum over the list into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+16 {
		return xdp.Pass
	}
	var list *node
	for _, b := range data[14:30] {
		list = &node{list, uint32(b)}
	}
	var sum uint32
	for n := list; n != nil; n = n.next {
		sum = sum*3 + n.value
	}
	binary.LittleEndian.PutUint32(data, sum)
	return xdp.TX
}
