// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/syscount"
)

func TestShow(t *testing.T) {
	var b strings.Builder
	err := show(&b, []row{{1, syscount.Call{Count: 2, Errors: 1, Nanos: 2000}}, {202, syscount.Call{Count: 1, Nanos: 8000}}, {0, syscount.Call{Count: 1}}}, 2)
	want := `
   call  count  errors  time  mean   share
  futex      1       0   8µs   8µs  80.0 %
  write      2       1   2µs   1µs  20.0 %
`
	if err != nil || b.String() != want[1:] {
		t.Errorf("got\n%s%v\nexpected\n%s", b.String(), err, want[1:])
	}
}
