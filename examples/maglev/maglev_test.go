// SPDX-License-Identifier: Apache-2.0

package maglev

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/rex-go/rex/examples/internal/replay"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/xdp"
)

func list(n int) (l []Backend) {
	for i := range n {
		l = append(l, Backend{Addr: packet.IPv4Addr{10, 0, 0, byte(i + 1)}})
	}
	return l
}

func configure(t *testing.T, l []Backend) {
	t.Helper()
	err := service.Update(0, Service{Addr: rextest.DstIP4.As4(), Port: packet.BE16{0, 53}})
	for i, b := range l {
		if err == nil {
			err = backends.Update(uint32(i), b)
		}
	}
	for i, n := range Table(l) {
		if err == nil {
			err = table.Update(uint32(i), n)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestTable: all backends get nearly the same number of places, and few places
// change when one goes.
func TestTable(t *testing.T) {
	l := list(7)
	before := Table(l)
	var count [MaxBackends + 1]int
	for _, n := range before {
		count[n]++
	}
	if low, high := slices.Min(count[:7]), slices.Max(count[:7]); low < TableSize/7 || high > TableSize/7+1 || count[NoBackend] != 0 {
		t.Errorf("places: %v", count)
	}
	l[3].Addr = packet.IPv4Addr{}
	moved := 0
	for i, n := range Table(l) {
		if n == 3 {
			t.Fatal("a backend that is gone has a place")
		}
		if before[i] != 3 && n != before[i] {
			moved++
		}
	}
	if moved > TableSize/10 {
		t.Errorf("%d places of others changed", moved)
	}
	for _, n := range Table(make([]Backend, 3)) {
		if n != NoBackend {
			t.Fatal("a place without backends")
		}
	}
}

func request(port uint16) []byte {
	return rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{SrcPort: port, DstPort: 53}, rextest.Text("ask"))
}

// backendOf sends a client's datagram and returns where it goes, after a check
// of everything in it.
func backendOf(t *testing.T, port uint16) netip.Addr {
	t.Helper()
	action, out := rextest.RunXDP(t, Forward, request(port))
	to := netip.AddrFrom4([4]byte(out[30:34]))
	want := rextest.Packet(rextest.Ethernet{}, rextest.IPv4{Dst: to}, rextest.UDP{SrcPort: port, DstPort: 53}, rextest.Text("ask"))
	if action != xdp.Pass || string(out) != string(want) {
		t.Fatalf("%v\n%x, want\n%x", action, out, want)
	}
	return to
}

// TestForward: connections keep their backend, until it is gone.
func TestForward(t *testing.T) {
	rextest.Reset(t)
	l := list(3)
	configure(t, l)
	first := map[uint16]netip.Addr{}
	used := map[netip.Addr]int{}
	for port := range uint16(60) {
		first[port] = backendOf(t, 1000+port)
		used[first[port]]++
	}
	if len(used) != 3 {
		t.Errorf("used: %v", used)
	}
	// Another one comes: old connections stay, some new ones go there.
	l = append(l, Backend{Addr: packet.IPv4Addr{10, 0, 0, 4}})
	configure(t, l)
	fourth := 0
	for port := range uint16(60) {
		if got := backendOf(t, 1000+port); got != first[port] {
			t.Errorf("connection %d went from %v to %v", port, first[port], got)
		}
		if backendOf(t, 2000+port) == netip.AddrFrom4(l[3].Addr) {
			fourth++
		}
	}
	if fourth == 0 || backends.Lookup(3).Connections != uint64(fourth) {
		t.Errorf("%d new connections at the new backend, %+v", fourth, backends.Lookup(3))
	}
	// One goes: its connections move, the others stay.
	l[0].Addr = packet.IPv4Addr{}
	configure(t, l)
	gone := netip.AddrFrom4([4]byte{10, 0, 0, 1})
	for port := range uint16(60) {
		if got := backendOf(t, 1000+port); got == gone || first[port] != gone && got != first[port] {
			t.Errorf("connection %d went from %v to %v", port, first[port], got)
		}
	}
	configure(t, make([]Backend, 4))
	if action, _ := rextest.RunXDP(t, Forward, request(1)); action != xdp.Drop {
		t.Errorf("without backends: %v", action)
	}
}

// TestReturn: the client sees the service's address only.
func TestReturn(t *testing.T) {
	rextest.Reset(t)
	configure(t, list(3))
	from := backendOf(t, 1000)
	answer := func(src netip.Addr, port uint16) []byte {
		return rextest.Packet(rextest.Ethernet{}, rextest.IPv4{Src: src, Dst: rextest.SrcIP4}, rextest.UDP{SrcPort: 53, DstPort: port}, rextest.Text("answer"))
	}
	for name, c := range map[string]struct{ in, want []byte }{
		"backend":        {answer(from, 1000), answer(rextest.DstIP4, 1000)},
		"another client": {answer(from, 1001), answer(from, 1001)},
		"not a backend":  {answer(netip.MustParseAddr("10.9.9.9"), 1000), answer(netip.MustParseAddr("10.9.9.9"), 1000)},
	} {
		action, out := rextest.RunTC(t, Return, rextest.SKB{Data: c.in[:20], Paged: c.in[20:], Protocol: 0x0800})
		if got := string(out.Data) + string(out.Paged); action != tc.Unspec || got != string(c.want) {
			t.Errorf("%s: %v\n%x, want\n%x", name, action, got, c.want)
		}
	}
}

// TestCapture replays datagrams of five clients with where they went, and the
// backends' answers with what the clients get.
func TestCapture(t *testing.T) {
	rextest.Reset(t)
	configure(t, list(3))
	c := replay.Open(t, "testdata/maglev.pcap")
	for port := range uint16(5) {
		c.XDP(Forward, request(1000+port), xdp.Pass)
		from := backendOf(t, 1000+port)
		c.TC(Return, rextest.Packet(rextest.Ethernet{}, rextest.IPv4{Src: from, Dst: rextest.SrcIP4},
			rextest.UDP{SrcPort: 53, DstPort: 1000 + port}, rextest.Text("answer")), tc.Unspec)
	}
	c.XDP(Forward, rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: 54}), xdp.Pass)
}

// FuzzForward: no packet makes the programs panic.
func FuzzForward(f *testing.F) {
	f.Add(request(7))
	f.Fuzz(func(t *testing.T, pkt []byte) {
		if len(pkt) > rextest.MaxPacket || len(pkt) == 0 {
			t.Skip("not the size of a packet")
		}
		rextest.RunXDP(t, Forward, pkt)
		rextest.RunTC(t, Return, rextest.SKB{Data: pkt, Protocol: 0x0800})
	})
}
