// SPDX-License-Identifier: Apache-2.0

// Package sharedev redirects through another's map.
package sharedev

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

var devs = rex.NewDevMap(8)

// First sends every packet through the first interface.
//
//rex:xdp
func First(ctx *xdp.Context) xdp.Action { return xdp.RedirectMap(ctx, devs, 0, xdp.OrPass) }
