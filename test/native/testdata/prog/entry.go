// SPDX-License-Identifier: Apache-2.0

// Package main gives a test program its entry; the program itself is put
// beside this file when it is compiled.
package main

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

//rex:xdp
func RexMain(ctx *xdp.Context) xdp.Action {
	i := int(rex.CPU())
	list := cases()
	if i >= len(list) {
		return 99
	}
	list[i]()
	return 0
}
