// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/rex-go/rex/examples/syscalltp"
)

func TestLine(t *testing.T) {
	o := syscalltp.Open{PID: 12, Len: 2, Ret: -2, Nanos: 1500, Comm: [16]byte{'c', 'a', 't'}, Name: [syscalltp.MaxName]byte{'/', 'x'}}
	if got, want := line(o), "     12  cat              1.5µs       no such file or directory  /x"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
