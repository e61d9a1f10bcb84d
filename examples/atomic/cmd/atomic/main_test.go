// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/rex-go/rex/examples/atomic"
)

func TestShow(t *testing.T) {
	var b strings.Builder
	show(&b, atomic.Writes{Calls: 10}, atomic.Writes{Calls: 30, Bytes: 300, Largest: 20, CPUs: 5, Racy: 29}, 2*time.Second)
	if want := "calls 30 (10/s)  bytes 300  largest 20  cpus 2  not counted without atomics 1\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
