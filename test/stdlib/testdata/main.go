// SPDX-License-Identifier: Apache-2.0

// The tests of the standard library: each prints what the functions of some
// packages return. Every exported function that an extension can use is to be
// called here; docs/stdlib.md lists which are.
package main

var tests = []struct {
	name string
	run  func()
}{
	{"strings", testStrings},
	{"bytes", testBytes},
	{"strconv", testStrconv},
	{"unicode", testUnicode},
	{"utf8", testUTF8},
	{"utf16", testUTF16},
	{"sort", testSort},
	{"cmp", testCmp},
	{"slices", testSlices},
	{"errors", testErrors},
	{"bits", testBits},
	{"hex", testHex},
	{"base64", testBase64},
	{"base32", testBase32},
	{"binary", testBinary},
	{"crc32", testCRC32},
	{"crc64", testCRC64},
	{"adler32", testAdler32},
	{"fnv", testFNV},
	{"sha256", testSHA256},
	{"sha1", testSHA1},
	{"md5", testMD5},
	{"heap", testHeap},
	{"list", testList},
	{"ring", testRing},
	{"netip", testNetip},
	{"maps", testMaps},
}

func main() {
	for _, t := range tests {
		println("==", t.name)
		t.run()
	}
}
