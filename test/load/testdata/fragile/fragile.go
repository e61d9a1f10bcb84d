// SPDX-License-Identifier: Apache-2.0

// Package fragile stops at its first panic, as extensions do by default.
package fragile

import "github.com/rex-go/rex/xdp"

// Divide panics when the packet's first byte is zero, and drops otherwise.
//
//rex:xdp
func Divide(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) == 0 {
		return xdp.Aborted
	}
	if 255/data[0] == 0 {
		return xdp.Aborted
	}
	return xdp.Drop
}
