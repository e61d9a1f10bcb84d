// SPDX-License-Identifier: Apache-2.0

package rextest_test

import (
	"net/netip"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/xdp"
)

// TestSent: copies and targets are what the program asked for.
func TestSent(t *testing.T) {
	rextest.SetInterfaces(t, 2, 3)
	pkt := rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{}, rextest.Text("text"))
	a, out := rextest.RunTC(t, func(c *tc.Context) tc.Action {
		if err := c.CloneRedirect(2, 0); err != nil {
			t.Error(err)
		}
		c.Data()[42] = 'T'
		if err := c.CloneRedirect(3, tc.FromIngress); err != nil {
			t.Error(err)
		}
		if err := c.CloneRedirect(4, 0); err != rex.ErrInvalid {
			t.Errorf("no such interface: %v", err)
		}
		return c.RedirectNextHop(2, tc.NextHop6([16]byte{0xfd}))
	}, rextest.SKB{Data: pkt})
	if a != tc.Redirect || len(out.Sent) != 2 {
		t.Fatalf("%v, sent %v", a, out.Sent)
	}
	first, second := out.Sent[0], out.Sent[1]
	if first.Ifindex != 2 || first.Ingress || first.Data[42] != 't' || second.Ifindex != 3 || !second.Ingress || second.Data[42] != 'T' {
		t.Errorf("sent %+v", out.Sent)
	}
	if want := (rextest.Target{Ifindex: 2, Neighbour: true, IPv6: true, NextHop: [16]byte{0xfd}}); out.Target == nil || *out.Target != want {
		t.Errorf("target %+v", out.Target)
	}
	for _, c := range []struct {
		prog rextest.TCProgram
		want rextest.Target
	}{
		{func(c *tc.Context) tc.Action { return c.Redirect(3, tc.FromIngress) }, rextest.Target{Ifindex: 3, Ingress: true}},
		{func(c *tc.Context) tc.Action { return c.RedirectPeer(3) }, rextest.Target{Ifindex: 3, Peer: true}},
		{func(c *tc.Context) tc.Action { return c.RedirectNeighbour(3) }, rextest.Target{Ifindex: 3, Neighbour: true}},
	} {
		if a, out := rextest.RunTC(t, c.prog, rextest.SKB{Data: pkt}); a != tc.Redirect || out.Target == nil || *out.Target != c.want {
			t.Errorf("%v, %+v, want %+v", a, out.Target, c.want)
		}
	}
}

// TestRoutes: programs of both types see the simulated routing tables.
func TestRoutes(t *testing.T) {
	hop := netip.MustParseAddr("fd00::1")
	rextest.SetRoutes(t, func(q rextest.RouteQuery) (rextest.Route, rex.FIBResult) {
		switch {
		case q.Dst.Is4() && q.Protocol == 17 && q.DstPort == 53 && q.Ifindex == 7 && q.Flags == rex.FIBOutput:
			return rextest.Route{Ifindex: 9, NextHop: hop, MTU: 1400, Metric: 5, SrcMAC: [6]byte{1}, DstMAC: [6]byte{2}}, rex.FIBSuccess
		case q.Dst.Is6():
			return rextest.Route{MTU: 1280}, rex.FIBFragmentationNeeded
		}
		return rextest.Route{}, rex.FIBUnreachable
	})
	look := func(lookup func(*rex.FIBParams, rex.FIBFlags) (rex.FIBResult, error)) {
		p := rex.NewFIBParams4([4]byte{10, 0, 0, 1}, [4]byte{10, 0, 0, 2}, 7)
		p.SetTransport(17, 1000, 53)
		r, err := lookup(&p, rex.FIBOutput)
		if err != nil || r != rex.FIBSuccess || p.Ifindex() != 9 || !p.IsIPv6() || p.NextHop6() != hop.As16() || p.MTU() != 1400 || p.Metric() != 5 ||
			p.SrcMAC() != [6]byte{1} || p.DstMAC() != [6]byte{2} || p.Src4() != [4]byte{10, 0, 0, 1} {
			t.Errorf("%v, %v, %+v", r, err, p)
		}
		p = rex.NewFIBParams6([16]byte{0xfd}, hop.As16(), 7)
		if r, err := lookup(&p, 0); err != nil || r != rex.FIBFragmentationNeeded || p.MTU() != 1280 {
			t.Errorf("%v, %v", r, err)
		}
		p = rex.NewFIBParams4([4]byte{}, [4]byte{}, 7)
		if r, err := lookup(&p, 0); err != nil || r != rex.FIBUnreachable || r.String() != "Unreachable" {
			t.Errorf("%v, %v", r, err)
		}
		if _, err := lookup(&p, 1<<6); err != rex.ErrInvalid {
			t.Errorf("unknown flag: %v", err)
		}
		var zero rex.FIBParams
		if _, err := lookup(&zero, 0); err != rex.Errno(97) { // EAFNOSUPPORT
			t.Errorf("no family: %v", err)
		}
	}
	rextest.RunTC(t, func(c *tc.Context) tc.Action { look(c.FIBLookup); return tc.OK }, rextest.SKB{Data: make([]byte, 64)})
	rextest.RunXDP(t, func(c *xdp.Context) xdp.Action { look(c.FIBLookup); return xdp.Pass }, make([]byte, 64))
}
