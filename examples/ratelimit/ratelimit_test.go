// SPDX-License-Identifier: Apache-2.0

package ratelimit

import (
	"net/netip"
	"testing"

	"github.com/rex-go/rex/examples/internal/replay"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

func udp4(src string) []byte {
	return rextest.Packet(rextest.Ethernet{}, rextest.IPv4{Src: netip.MustParseAddr(src)}, rextest.UDP{})
}

// TestFilter: a burst at once, then the average; each prefix for itself.
func TestFilter(t *testing.T) {
	rextest.Reset(t)
	now := uint64(1e9)
	rextest.SetClock(t, func() uint64 { return now })
	if err := limit.Update(0, Limit{Interval: 100, Burst: 5}); err != nil {
		t.Fatal(err)
	}
	pass := func(pkt []byte, n int) (passed int) {
		for range n {
			if action, _ := rextest.RunXDP(t, Filter, pkt); action == xdp.Pass {
				passed++
			}
		}
		return passed
	}
	a, b := udp4("192.0.2.1"), udp4("192.0.3.1")
	if n := pass(a, 20); n != 5 {
		t.Errorf("%d of a burst passed", n)
	}
	if n := pass(udp4("192.0.2.200"), 3); n != 0 {
		t.Errorf("%d from the same network passed", n)
	}
	if n := pass(b, 3); n != 3 {
		t.Errorf("%d from another network passed", n)
	}
	for i := range 10 {
		if now += 100; pass(a, 4) != 1 {
			t.Errorf("interval %d: not one packet", i)
		}
	}
	if now += 1_000_000; pass(a, 20) != 5 {
		t.Error("a bucket that had time to fill has not five tokens")
	}
	p, _ := source(a)
	if got := buckets.Lookup(p); got == nil || got.Passed != 20 || got.Dropped != 15+3+30+15 {
		t.Errorf("counted %+v", got)
	}
}

// TestSource: IPv6 by /64, VLAN tags skipped, other packets left alone.
func TestSource(t *testing.T) {
	rextest.Reset(t)
	six := rextest.Packet(rextest.Ethernet{}, rextest.VLAN{ID: 7}, rextest.IPv6{}, rextest.UDP{})
	p, ok := source(six)
	if want := rextest.SrcIP6.As16(); !ok || [8]byte(p[:8]) != [8]byte(want[:8]) || [8]byte(p[8:]) != [8]byte{} {
		t.Errorf("IPv6: %x, %v", p, ok)
	}
	if p, ok = source(udp4("1.2.3.4")); !ok || p != (Prefix{10: 0xff, 11: 0xff, 12: 1, 13: 2, 14: 3}) {
		t.Errorf("IPv4: %x, %v", p, ok)
	}
	for n := range six {
		if _, ok := source(six[:n]); ok && n < 14+4+40 {
			t.Errorf("%d bytes have a source", n)
		}
	}
	if err := limit.Update(0, Limit{Interval: 1 << 40, Burst: 0}); err != nil {
		t.Fatal(err)
	}
	if action, _ := rextest.RunXDP(t, Filter, rextest.Packet(rextest.Ethernet{}, rextest.ARP{})); action != xdp.Pass {
		t.Errorf("ARP: %v", action)
	}
	if action, _ := rextest.RunXDP(t, Filter, six); action != xdp.Drop {
		t.Errorf("a bucket of no tokens: %v", action)
	}
}

// TestCapture replays a burst of one network among packets of another.
func TestCapture(t *testing.T) {
	rextest.Reset(t)
	rextest.SetClock(t, func() uint64 { return 1e9 })
	if err := limit.Update(0, Limit{Interval: 100, Burst: 3}); err != nil {
		t.Fatal(err)
	}
	c := replay.Open(t, "testdata/ratelimit.pcap")
	for i, want := range []xdp.Action{xdp.Pass, xdp.Pass, xdp.Pass, xdp.Drop, xdp.Drop} {
		c.XDP(Filter, udp4(netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}).String()), want)
		if i%2 == 0 {
			c.XDP(Filter, udp4("198.51.100.1"), xdp.Pass)
		}
	}
	c.XDP(Filter, rextest.Packet(rextest.Ethernet{}, rextest.ARP{}), xdp.Pass)
}
