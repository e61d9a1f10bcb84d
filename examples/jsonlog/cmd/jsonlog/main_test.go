// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/jsonlog"
)

func TestShow(t *testing.T) {
	var b strings.Builder
	err := show(&b, []uint64{10, 4, 1}, []row{
		{"shop", "debug", &jsonlog.Sum{Lines: 4, Bytes: 100}}, {"shop", "info", &jsonlog.Sum{Lines: 5, Bytes: 200, Timed: 2, Nanos: 42_000_000}},
	})
	want := "lines 10  dropped 4  malformed 1\n" +
		"SERVICE  LEVEL  LINES  BYTES  TIME  \n" +
		"shop     info   5      200    21ms  ██████████\n" +
		"shop     debug  4      100    -     ████████\n"
	if err != nil || b.String() != want {
		t.Errorf("got\n%s%v\nexpected\n%s", b.String(), err, want)
	}
}
