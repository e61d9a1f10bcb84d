// SPDX-License-Identifier: Apache-2.0

// Package ext is what the driver's tests compile.
package ext

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

var sizes = rex.NewPerCPUArray[uint64](4)

// Depth recurses, so that its stack is checked as it runs.
//
//rex:xdp onpanic=continue
func Depth(ctx *xdp.Context) xdp.Action {
	if walk(ctx.Data(), 0) > 3 {
		return xdp.Drop
	}
	return xdp.Pass
}

// Size adds up the first bytes of a packet.
//
//rex:xdp
func Size(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	var sum uint64
	for _, b := range data {
		sum += uint64(b)
	}
	if v := sizes.Lookup(uint32(sum & 3)); v != nil {
		*v += uint64(len(data))
	}
	return xdp.Pass
}

func walk(b []byte, depth int) int {
	if len(b) == 0 || b[0] == 0 {
		return depth
	}
	return walk(b[b[0]:], depth+1) + walk(b[1:], depth)
}
