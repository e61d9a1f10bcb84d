// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rt

// maxObject is the largest object that is tried; sizes below it can be rounded
// up without overflow.
const maxObject = 1 << 47

// newCap is the capacity that append grows to, as in Go: doubled below 256
// elements, by a quarter and a bit above, and at least what is needed.
func newCap(need, old int) int {
	if need > 2*old {
		return need
	}
	const threshold = 256
	if old < threshold {
		return 2 * old
	}
	c := old
	for c < need {
		c += (c + 3*threshold) >> 2
	}
	return c
}
