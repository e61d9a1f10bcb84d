// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/blklatency"
)

func TestShow(t *testing.T) {
	s := series{Series: blklatency.Series{Write: 1}, Histogram: blklatency.Histogram{Nanos: 9_000_000, Bytes: 512, Max: 8_500_000}}
	s.Slots[7], s.Slots[9], s.Slots[blklatency.Slots-1] = 4, 1, 1
	var w strings.Builder
	show(&w, "sda", s)
	got := strings.SplitAfter(w.String(), "\n")
	for i, want := range map[int]string{
		0:  "sda: 6 writes, 512 bytes, mean 1.5ms, longest 8.5ms\n",
		1:  "  <  128µs             4  ████████████████████████████████████████\n",
		2:  "  <  256µs             0  \n",
		3:  "  <  512µs             1  ██████████\n",
		18: "  >= 8.388608s         1  ██████████\n",
	} {
		if got[i] != want {
			t.Errorf("line %d: %q, want %q", i, got[i], want)
		}
	}
	w.Reset()
	show(&w, "sda", series{})
	if w.Len() != 0 {
		t.Error("shows nothing at length")
	}
}
