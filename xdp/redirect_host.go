// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package xdp

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
)

// Redirect sends the packet out through the interface with that index when the
// program returns the result, which is the action Redirect. A packet for an
// interface that there is not, or whose driver cannot send such packets, is
// dropped.
func (c *Context) Redirect(ifindex uint32) Action {
	_ = c.head
	sim.SetRedirect(sim.Redirect{Ifindex: ifindex})
	return Redirect
}

// RedirectMap sends the packet where the entry of m says when the program returns
// the result: the action Redirect, or without an entry the one that flags name.
// Flags that m's kind does not know make it Aborted.
func RedirectMap[M *rex.DevMap | *rex.DevMapHash | *rex.CPUMap | *rex.XSKMap](ctx *Context, m M, key uint32, flags RedirectFlags) Action {
	_ = ctx.head
	return Action(sim.RedirectMap(m, key, uint64(flags)))
}
