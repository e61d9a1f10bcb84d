// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/ratelimit"
)

func TestShow(t *testing.T) {
	var b strings.Builder
	err := show(&b, []row{
		{Key: ratelimit.Prefix{0x20, 1, 0xd, 0xb8}, Value: &ratelimit.Bucket{Passed: 4}},
		{Key: ratelimit.Prefix{10: 0xff, 11: 0xff, 12: 192, 13: 0, 14: 2}, Value: &ratelimit.Bucket{Passed: 5, Dropped: 15}},
	})
	want := "NETWORK        PASSED  DROPPED  \n" +
		"192.0.2.0/24   5       15       █████░░░░░░░░░░░░░░░\n" +
		"2001:db8::/64  4       0        ████████████████████\n"
	if err != nil || b.String() != want {
		t.Errorf("got\n%s%v\nexpected\n%s", b.String(), err, want)
	}
}
