// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/rex-go/rex/examples/recursive"
)

func TestLine(t *testing.T) {
	for path, want := range map[string]string{"": "     12  /", "/etc/fstab": "     12  /etc/fstab"} {
		o := recursive.Open{PID: 12, Len: uint32(len(path))}
		copy(o.Path[:], path)
		if got := line(o); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
