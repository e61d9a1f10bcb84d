// SPDX-License-Identifier: Apache-2.0

// Package lockcall is a token bucket that reads the clock under its lock.
package lockcall

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

const hour = 3600e9 // nanoseconds

type bucket struct {
	lock   rex.SpinLock
	tokens uint32
	last   uint64
}

var buckets = rex.NewArray[bucket](1)

// Run lets two packets through each hour.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	b := buckets.Lookup(0)
	b.lock.Lock()
	defer b.lock.Unlock()
	now := rex.MonotonicNanos()
	if b.last == 0 || now-b.last > hour {
		b.tokens, b.last = 2, now
	}
	if b.tokens == 0 {
		return xdp.Drop
	}
	b.tokens--
	return xdp.Pass
}
