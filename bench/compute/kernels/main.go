// SPDX-License-Identifier: Apache-2.0

// The kernels that are compared with C, in the order of kernels.c.
package main

import "github.com/rex-go/rex"

var result uint64

func main() {
	switch rex.CPU() {
	case 0:
		result = runSipHash()
	case 1:
		result = runXXHash()
	case 2:
		result = runSHA256()
	case 3:
		result = runCRC32()
	case 4:
		result = runBase64()
	case 5:
		result = runDNS()
	case 6:
		result = runHeader()
	case 7:
		result = runAhoCorasick()
	case 8:
		result = runJSON()
	case 9:
		result = runLZ4()
	case 10:
		result = runSort()
	case 11:
		result = runTopK()
	}
	println(result)
}
