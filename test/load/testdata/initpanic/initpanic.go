// SPDX-License-Identifier: Apache-2.0

// Package initpanic cannot be loaded: its initialisation panics.
package initpanic

import "github.com/rex-go/rex/xdp"

var primes = [...]uint32{2, 3, 5}

// sum is computed when the extension is loaded.
var sum = total(len(primes) + 1)

//go:noinline
func total(n int) (sum uint32) {
	for i := range n {
		sum += primes[i]
	}
	return sum
}

// Pass lets every packet through.
//
//rex:xdp
func Pass(ctx *xdp.Context) xdp.Action {
	if sum == 0 {
		return xdp.Drop
	}
	return xdp.Pass
}
