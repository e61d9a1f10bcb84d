// SPDX-License-Identifier: Apache-2.0

package main

// go/types lets arrays and structs be printed.
func printed(n int) {
	println([1]any{n}, struct{}{})
	defer print([1]int{n}, [0]int{})
	print(struct{ a, b int }{n, n})
}
