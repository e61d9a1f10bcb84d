// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/xdpcount"
)

// fakeMap has the per-CPU values of each row.
type fakeMap map[uint32][]xdpcount.Counter

var errMap = errors.New("map is gone")

func (m fakeMap) Lookup(key, out any) error {
	if m == nil {
		return errMap
	}
	*out.(*[]xdpcount.Counter) = m[key.(uint32)]
	return nil
}

func TestShow(t *testing.T) {
	m := fakeMap{
		uint32(xdpcount.TCP):     {{Packets: 1, Bytes: 100}, {Packets: 2, Bytes: 1400}},
		uint32(xdpcount.Blocked): {{}, {Packets: 10, Bytes: 12345}},
	}
	for asJSON, want := range map[bool]string{
		false: `
  protocol  packets  bytes
       tcp        3   1500
   blocked       10  12345
`,
		true: `
{"arp":{"packets":0,"bytes":0},"blocked":{"packets":10,"bytes":12345},"icmp":{"packets":0,"bytes":0},` +
			`"icmpv6":{"packets":0,"bytes":0},"ipv4":{"packets":0,"bytes":0},"ipv6":{"packets":0,"bytes":0},` +
			`"other":{"packets":0,"bytes":0},"tcp":{"packets":3,"bytes":1500},"udp":{"packets":0,"bytes":0}}
`,
	} {
		var b strings.Builder
		if err := show(&b, m, asJSON); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); got != want[1:] {
			t.Errorf("json %t: got\n%s\nexpected\n%s", asJSON, got, want[1:])
		}
	}
	if err := show(io.Discard, fakeMap(nil), false); !errors.Is(err, errMap) {
		t.Errorf("error is %v", err)
	}
}

func TestParse(t *testing.T) {
	c, err := parse([]string{"-iface", "veth0", "-block", "53,9999", "-block", "7", "x.rexo"}, io.Discard)
	if err != nil || c.iface != "veth0" || c.object != "x.rexo" || c.block.String() != "[53 9999 7]" {
		t.Errorf("got %+v, %v", c, err)
	}
	many := strings.Repeat("1,", xdpcount.MaxBlocked) + "1"
	for _, bad := range [][]string{
		nil,
		{"x.rexo"},
		{"-iface", "veth0"},
		{"-iface", "veth0", "a.rexo", "b.rexo"},
		{"-iface", "veth0", "-block", "65536", "x.rexo"},
		{"-iface", "veth0", "-block", "53,", "x.rexo"},
		{"-iface", "veth0", "-block", many, "x.rexo"},
	} {
		if _, err := parse(bad, io.Discard); err == nil {
			t.Errorf("parse %q succeeded", bad)
		}
	}
}
