// SPDX-License-Identifier: Apache-2.0

// Package callchain has nine layers, each of which calls the next one.
package callchain

import (
	"encoding/binary"

	"github.com/rex-go/rex/xdp"
)

// Each layer calls the next one.
func layer1(v uint32) uint32 { return layer2(v*3+1) ^ 1 }
func layer2(v uint32) uint32 { return layer3(v*3+2) ^ 2 }
func layer3(v uint32) uint32 { return layer4(v*3+3) ^ 3 }
func layer4(v uint32) uint32 { return layer5(v*3+4) ^ 4 }
func layer5(v uint32) uint32 { return layer6(v*3+5) ^ 5 }
func layer6(v uint32) uint32 { return layer7(v*3+6) ^ 6 }
func layer7(v uint32) uint32 { return layer8(v*3+7) ^ 7 }
func layer8(v uint32) uint32 { return layer9(v*3+8) ^ 8 }
func layer9(v uint32) uint32 { return v + 9 }

// Run sends a number through the layers.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+4 {
		return xdp.Pass
	}

	binary.LittleEndian.PutUint32(data, layer1(binary.LittleEndian.Uint32(data[14:])))
	return xdp.TX
}
