// SPDX-License-Identifier: Apache-2.0

// Package share counts in a map that it shares with others.
package share

import (
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

var totals = rex.NewArray[[6]uint64](1)

// Count adds one to the first counter of package hold's totals.
//
//rex:xdp
func Count(ctx *xdp.Context) xdp.Action {
	if t := totals.Lookup(0); t != nil {
		atomic.AddUint64(&t[0], 1)
	}
	return xdp.Drop
}
