// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/httproute"
)

func TestShow(t *testing.T) {
	api := httproute.Route{Denied: 1}
	api.Requests[httproute.Get], api.Requests[httproute.Delete] = 3, 1
	var b strings.Builder
	err := show(&b, []uint64{3, 1, 0, 2, 4}, []row{{"/api/", api}, {"/", httproute.Route{}}})
	want := "routed 3  denied 1  without route 0  malformed 2  in pieces 4\n" +
		"ROUTE  DENIED  REQUESTS\n" +
		"/      0       -\n" +
		"/api/  1       GET 3, DELETE 1\n"
	if err != nil || b.String() != want {
		t.Errorf("got\n%s%v\nexpected\n%s", b.String(), err, want)
	}
}

func TestParse(t *testing.T) {
	if path, allow, err := parse("/api=GET,POST"); path != "/api" || allow != 1<<httproute.Get|1<<httproute.Post || err != nil {
		t.Errorf("%s, %b, %v", path, allow, err)
	}
	for _, s := range []string{"/api", "api=GET", "/=FETCH"} {
		if _, _, err := parse(s); err == nil {
			t.Errorf("%s: no error", s)
		}
	}
}
