// SPDX-License-Identifier: Apache-2.0

package main

import "math/bits"

// What random programs have found.

var three = 3

//go:noinline
func div(hi, lo, y uint64) uint64 {
	q, r := bits.Div64(hi, lo, y)
	return q ^ r
}

func cases() []func() {
	return []func(){
		func() { println(div(1, 2, 3)) },
		// bits has the runtime's errors in variables.
		func() { println(div(3, 2, 3)) },
		func() { println(div(1, 2, 0)) },
		func() { println(bits.Rem64(1, 2, 0)) },
		func() { println(bits.Div(9, 2, uint(three))) },
		// m[k] op= v hashes as an assignment does, also when m is empty.
		func() {
			m := map[any]int{}
			m[[]int{}] += 3
		},
		func() {
			m := map[any]int{}
			m[[]int{}]++
		},
		func() {
			m := map[any]int{}
			var k any = []int{}
			x := m[k]
			m[k] = x + 1
		},
		func() {
			var m map[any]int
			m[[]int{}]--
		},
	}
}
