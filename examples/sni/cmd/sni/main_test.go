// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/sni"
)

func TestShow(t *testing.T) {
	var b strings.Builder
	err := show(&b, []uint64{5, 3, 1, 0}, []row{
		{"b.test", sni.Rule{Hits: 1}}, {domain(sni.Domain("Ok.a.test")), sni.Rule{Allow: 1, Hits: 2}}, {"none.test", sni.Rule{}},
	})
	want := "passed 5  dropped 3  without name 1  malformed 0\n  allow  ok.a.test  2\n  block  b.test     1\n"
	if err != nil || b.String() != want {
		t.Errorf("got\n%s%v\nexpected\n%s", b.String(), err, want)
	}
}
