// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/rex-go/rex/examples/tracex5"
)

func TestParseRule(t *testing.T) {
	for s, want := range map[string]tracex5.Rule{
		"12": {}, "12:0==2": {Op: tracex5.Equal, Value: 2}, "12:5!=0x10": {Op: tracex5.Unequal, Arg: 5, Value: 16}, "12:2&4": {Op: tracex5.AnyOf, Arg: 2, Value: 4},
	} {
		if nr, r, err := parseRule(s); err != nil || nr != 12 || r != want {
			t.Errorf("%s: %d %+v, %v", s, nr, r, err)
		}
	}
	for _, bad := range []string{"", "x", "1:6==0", "1:0=1", "1:0==", "1:0==x"} {
		if _, _, err := parseRule(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestLine(t *testing.T) {
	for text, want := range map[string]string{"sys_202(0x1)": "     12  futex(0x1)", "write(1)": "     12  write(1)", "": "     12  "} {
		c := tracex5.Call{PID: 12, Nr: 202, Len: uint32(len(text))}
		copy(c.Text[:], text)
		if got := line(c); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
