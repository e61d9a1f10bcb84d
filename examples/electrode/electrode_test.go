// SPDX-License-Identifier: Apache-2.0

package electrode

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/xdp"
)

// ip is the address of follower i, and leader the leader's on the way to it.
func ip(i int) netip.Addr     { return netip.AddrFrom4([4]byte{10, 0, byte(i), 2}) }
func leader(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(i), 1}) }

const numFollowers = 4

// setUp makes followers with a quorum of two, in view 3.
func setUp(t *testing.T) {
	t.Helper()
	rextest.Reset(t)
	*quorum.Lookup(0) = 2
	for i := range numFollowers {
		*followers.Lookup(uint32(i)) = Follower{
			Ifindex: uint32(10 + i), IP: ip(i).As4(), SrcIP: leader(i).As4(), MAC: packet.MAC{2, 0, 0, 0, byte(i), 2}, SrcMAC: packet.MAC{2, 0, 0, 0, byte(i), 1}, Used: 1,
		}
		r, _, err := replicas.LoadOrStore(ip(i).As4(), Replica{})
		if err != nil {
			t.Fatal(err)
		}
		r.Number, r.View = uint32(i), 3
	}
}

// msg is a message's datagram; Broadcast and the followers send without checksum.
func msg(i int, kind Kind, view, op uint64, data string) []byte {
	b := []byte{byte(kind), 0}
	b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
	b = binary.BigEndian.AppendUint64(b, view)
	b = binary.BigEndian.AppendUint64(b, op)
	src, dst := leader(i), ip(i)
	macs := rextest.Ethernet{Src: packet.MAC{2, 0, 0, 0, byte(i), 1}, Dst: packet.MAC{2, 0, 0, 0, byte(i), 2}}
	if kind == PrepareOK {
		src, dst = dst, src
		macs.Src, macs.Dst = macs.Dst, macs.Src
		b[1] = byte(i)
	}
	pkt := rextest.Packet(macs, rextest.IPv4{Src: src, Dst: dst}, rextest.UDP{SrcPort: Port, DstPort: Port}, rextest.Payload(append(b, data...)))
	pkt[40], pkt[41] = 0, 0
	return pkt
}

func TestBroadcast(t *testing.T) {
	setUp(t)
	action, out := rextest.RunTC(t, Broadcast, rextest.SKB{Data: msg(0, Prepare, 3, 1, "set x")})
	if action != tc.Unspec || string(out.Data) != string(msg(0, Prepare, 3, 1, "set x")) {
		t.Errorf("%v, %x", action, out.Data)
	}
	if len(out.Sent) != numFollowers-1 {
		t.Fatalf("%d copies", len(out.Sent))
	}
	for i, s := range out.Sent {
		if want := msg(i+1, Prepare, 3, 1, "set x"); s.Ifindex != uint32(11+i) || s.Ingress || string(s.Data) != string(want) {
			t.Errorf("copy %d to interface %d:\n%x, want\n%x", i, s.Ifindex, s.Data, want)
		}
	}
	for name, pkt := range map[string][]byte{
		"to another": msg(1, Prepare, 3, 1, ""), "another kind": msg(0, 9, 3, 1, ""), "cut short": msg(0, Prepare, 3, 1, "")[:55],
	} {
		if action, out := rextest.RunTC(t, Broadcast, rextest.SKB{Data: pkt}); action != tc.Unspec || len(out.Sent) != 0 || string(out.Data) != string(pkt) {
			t.Errorf("%s: %v, %d copies", name, action, len(out.Sent))
		}
	}
}

func TestAcknowledge(t *testing.T) {
	setUp(t)
	for _, c := range []struct {
		name     string
		view, op uint64
		fast     bool
	}{
		{"first", 3, 1, true}, {"second", 3, 2, true}, {"again", 3, 1, true}, {"gap", 3, 4, false},
		{"old view", 2, 3, false}, {"new view", 4, 3, false}, {"third", 3, 3, true},
	} {
		in, want, verdict := msg(2, Prepare, c.view, c.op, c.name), msg(2, Prepare, c.view, c.op, c.name), xdp.Pass
		if c.fast {
			want, verdict = msg(2, PrepareOK, c.view, c.op, c.name), xdp.TX
		}
		if got, out := rextest.RunXDP(t, Acknowledge, in); got != verdict || string(out) != string(want) {
			t.Errorf("%s: %v\n%x, want %v\n%x", c.name, got, out, verdict, want)
		}
	}
	got := rextest.RecordsOf[Entry](t, log)
	if len(got) != 3 {
		t.Fatalf("%d entries", len(got))
	}
	for i, name := range []string{"first", "second", "third"} {
		if e := got[i]; e.Op != uint64(i+1) || e.View != 3 || e.Number != 2 || string(e.Data[:e.Len]) != name {
			t.Errorf("%+v", e)
		}
	}
	if verdict, _ := rextest.RunXDP(t, Acknowledge, msg(9, Prepare, 3, 1, "")); verdict != xdp.Pass {
		t.Errorf("no follower: %v", verdict)
	}
	// A length beyond the packet's end is nobody's.
	long := msg(2, Prepare, 3, 4, "x")
	long[45] = 60
	if verdict, _ := rextest.RunXDP(t, Acknowledge, long); verdict != xdp.Pass {
		t.Errorf("wrong length: %v", verdict)
	}
}

func TestQuorum(t *testing.T) {
	setUp(t)
	rextest.RunTC(t, Broadcast, rextest.SKB{Data: msg(0, Prepare, 3, 7, "")})
	for i, c := range []struct {
		node     int
		view, op uint64
		want     xdp.Action
	}{
		{1, 3, 7, xdp.Drop}, {1, 3, 7, xdp.Drop}, {0, 2, 7, xdp.Drop}, {0, 3, 7 + Window, xdp.Drop},
		{3, 3, 7, xdp.Pass}, {0, 3, 7, xdp.Drop}, {3, 3, 7, xdp.Drop},
	} {
		if got, _ := rextest.RunXDP(t, Quorum, msg(c.node, PrepareOK, c.view, c.op, "")); got != c.want {
			t.Errorf("message %d: %v, want %v", i, got, c.want)
		}
	}
	// The leader asks again: the answer may have been lost behind us.
	rextest.RunTC(t, Broadcast, rextest.SKB{Data: msg(0, Prepare, 3, 7, "")})
	rextest.RunXDP(t, Quorum, msg(0, PrepareOK, 3, 7, ""))
	if got, _ := rextest.RunXDP(t, Quorum, msg(1, PrepareOK, 3, 7, "")); got != xdp.Pass {
		t.Errorf("asked again: %v", got)
	}
	if got, _ := rextest.RunXDP(t, Quorum, msg(1, 9, 3, 7, "")); got != xdp.Pass {
		t.Errorf("another kind: %v", got)
	}
}
