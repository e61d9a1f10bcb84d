// SPDX-License-Identifier: Apache-2.0

// Package probe has one program for each way an invocation can end.
package probe

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

var (
	hits = rex.NewArray[uint64](1)
	// never stays 0, but the compiler cannot know.
	never uint64
)

// Pass lets every packet through.
//
//rex:xdp onpanic=continue
func Pass(ctx *xdp.Context) xdp.Action { return xdp.Pass }

// Count counts and drops.
//
//rex:xdp onpanic=continue
func Count(ctx *xdp.Context) xdp.Action {
	if n := hits.Lookup(0); n != nil {
		*n++
		if *n == 0 {
			never = 1
		}
	}
	return xdp.Drop
}

// Index indexes out of range.
//
//rex:xdp onpanic=continue
func Index(ctx *xdp.Context) xdp.Action {
	var table [3]uint8
	return xdp.Action(at(&table, int(never)+5))
}

//go:noinline
func at(table *[3]uint8, i int) uint8 { return table[i] }

// Recurse never stops recursing.
//
//rex:xdp onpanic=continue
func Recurse(ctx *xdp.Context) xdp.Action { return xdp.Action(recurse(never)) }

// recurse is not a loop to the compiler: what it does to the result cannot be
// done before the call.
func recurse(n uint64) uint64 {
	if never != 0 {
		return n
	}
	return recurse(n+1) ^ n + 1
}

// Loop never ends.
//
//rex:xdp onpanic=continue
func Loop(ctx *xdp.Context) xdp.Action {
	for never == 0 {
	}
	return xdp.Drop
}

// Say logs.
//
//rex:xdp onpanic=continue
func Say(ctx *xdp.Context) xdp.Action {
	rex.Log(rex.LevelWarn, "said", "never", never)
	return xdp.Drop
}
