// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
	"testing"
)

func TestShow(t *testing.T) {
	patterns := split("a\n\nb c\r\na\nd")
	if !slices.Equal(patterns, []string{"a", "b c", "d"}) {
		t.Fatalf("%q", patterns)
	}
	var w strings.Builder
	show(&w, []uint64{1, 2, 3}, patterns, []uint64{1, 5, 0}, 5)
	if want := "clean 1  dropped 2  bytes searched 3\n       5  \"b c\"\n       1  \"a\"\n"; w.String() != want {
		t.Errorf("got\n%s", w.String())
	}
}
