// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io/fs"
	"net/netip"
	"testing"
)

func TestParseFollower(t *testing.T) {
	want := follower{"veth1", "ns1", "eth0", netip.MustParseAddr("10.0.1.2")}
	if got, err := parseFollower("veth1,ns1,eth0,10.0.1.2"); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "a,b,c", "a,b,c,d", "a,b,c,::1", "a,b,c,10.0.0.1,e"} {
		if _, err := parseFollower(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestNoNamespace(t *testing.T) {
	err := inNamespace("there-is-none", func() error { t.Error("called"); return nil })
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
