// SPDX-License-Identifier: Apache-2.0

// Package empty is the smallest extension: one XDP program that does nothing.
// The benchmarks measure with it what it costs to enter and leave a program.
package empty

import "github.com/rex-go/rex/xdp"

// Pass lets every packet through.
//
//rex:xdp
func Pass(ctx *xdp.Context) xdp.Action { return xdp.Pass }
