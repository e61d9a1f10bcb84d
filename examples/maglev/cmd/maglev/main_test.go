// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/maglev"
)

func TestShow(t *testing.T) {
	list, err := parse("10.0.0.1,10.0.0.2")
	if err != nil {
		t.Fatal(err)
	}
	list[0].Connections, list[0].Packets, list[1].Packets = 2, 30, 10
	var b strings.Builder
	err = show(&b, append(list, maglev.Backend{}))
	want := "BACKEND   CONNECTIONS  PACKETS  \n" +
		"10.0.0.1  2            30       " + strings.Repeat("█", 30) + "\n" +
		"10.0.0.2  0            10       " + strings.Repeat("█", 10) + "\n"
	if err != nil || b.String() != want {
		t.Errorf("got\n%s%v\nexpected\n%s", b.String(), err, want)
	}
}

func TestParse(t *testing.T) {
	for _, s := range []string{"", "::1", "10.0.0.1,x", strings.Repeat("10.0.0.1,", 16) + "10.0.0.1"} {
		if _, err := parse(s); err == nil {
			t.Errorf("%q: no error", s)
		}
	}
}
