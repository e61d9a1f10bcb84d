// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/rex-go/rex/examples/dns"
)

func TestParse(t *testing.T) {
	zone, err := parse(strings.NewReader("# comment\n\nweb.test 192.0.2.80 300\nwww.test web.test\n"))
	if err != nil {
		t.Fatal(err)
	}
	name := func(s string) dns.Name {
		n, err := dns.ParseName(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	want := map[dns.Name]dns.Record{
		name("web.test"): {Addr: [4]byte{192, 0, 2, 80}, TTL: 300},
		name("www.test"): {Alias: name("web.test"), TTL: defaultTTL},
	}
	if len(zone) != len(want) {
		t.Errorf("%d records", len(zone))
	}
	for n, rec := range want {
		if zone[n] != rec {
			t.Errorf("%q: %v", n, zone[n])
		}
	}
	for _, bad := range []string{"a", "a b c d", "a.. 1.2.3.4", "a 1..2", "a 1.2.3.4 -1"} {
		if _, err := parse(strings.NewReader("ok 1.2.3.4\n" + bad)); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestShow(t *testing.T) {
	var b strings.Builder
	show(&b, []uint64{10, 0, 5}, []uint64{30, 1, 5}, 2*time.Second)
	if want := "answered 30 (10/s)  unknown 1 (0/s)  other 5 (0/s)  \n"; b.String() != want {
		t.Errorf("got %q, expected %q", b.String(), want)
	}
}
