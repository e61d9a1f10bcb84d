// SPDX-License-Identifier: Apache-2.0

package bmc

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/internal/replay"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/xdp"
)

type (
	eth = rextest.Ethernet
	ip4 = rextest.IPv4
)

// server is a memcached of a few lines behind the two programs.
type server struct {
	t     *testing.T
	items map[string]string
	now   uint64
}

func newServer(t *testing.T) *server {
	rextest.Reset(t)
	epoch.Store(0)
	quiet.Store(0)
	s := &server{t: t, items: map[string]string{}}
	rextest.SetClock(t, func() uint64 { s.now += 1_000_000; return s.now })
	return s
}

func framed(id uint16, body string) rextest.Payload {
	h := binary.BigEndian.AppendUint16(nil, id)
	return append(append(h, 0, 0, 0, 1, 0, 0), body...)
}

func request(id uint16, body string) []byte {
	return rextest.Packet(eth{}, ip4{}, rextest.UDP{SrcPort: 4000, DstPort: Port}, framed(id, body))
}

func segment(seq uint32, body string) []byte {
	return rextest.Packet(eth{}, ip4{}, rextest.TCP{SrcPort: 5000, DstPort: Port, Seq: seq, Flags: packet.TCPAck}, rextest.Text(body))
}

// reply is what memcached says.
func (s *server) reply(body string) string {
	var b strings.Builder
	for _, key := range strings.Fields(body)[1:] {
		if v, ok := s.items[key]; ok {
			fmt.Fprintf(&b, "VALUE %s 7 %d\r\n%s\r\n", key, len(v), v)
		}
	}
	return b.String() + "END\r\n"
}

// egress sends a datagram or segment of memcached's.
func (s *server) egress(id uint16, body string) {
	s.t.Helper()
	pkt := rextest.Packet(eth{}, ip4{Src: rextest.DstIP4, Dst: rextest.SrcIP4}, rextest.UDP{SrcPort: Port, DstPort: 4000}, framed(id, body))
	s.pass(pkt)
}

func (s *server) stored() {
	s.t.Helper()
	s.pass(rextest.Packet(eth{}, ip4{Src: rextest.DstIP4, Dst: rextest.SrcIP4}, rextest.TCP{SrcPort: Port, DstPort: 5000}, rextest.Text("STORED\r\n")))
}

func (s *server) pass(pkt []byte) {
	s.t.Helper()
	action, out := rextest.RunTC(s.t, Egress, rextest.SKB{Data: pkt[:54], Paged: pkt[54:], Protocol: 0x0800})
	if action != tc.Unspec || string(out.Data)+string(out.Paged) != string(pkt) {
		s.t.Errorf("verdict %v, or the packet was changed", action)
	}
}

// get sends a request and checks the answer. It reports whether it came from
// the cache.
func (s *server) get(id uint16, body string) bool {
	s.t.Helper()
	pkt := request(id, body)
	action, out := rextest.RunXDP(s.t, Ingress, pkt)
	want := s.reply(body)
	if action == xdp.Pass {
		if string(out) != string(pkt) {
			s.t.Errorf("%q: changed and passed", body)
		}
		s.egress(id, want)
		return false
	}
	swapped := rextest.Packet(eth{Src: rextest.DstMAC, Dst: rextest.SrcMAC}, ip4{Src: rextest.DstIP4, Dst: rextest.SrcIP4},
		rextest.UDP{SrcPort: Port, DstPort: 4000}, framed(id, want))
	swapped[40], swapped[41] = 0, 0 // no UDP checksum
	if action != xdp.TX || string(out) != string(swapped) {
		s.t.Errorf("%q: %v\n%q, want\n%q", body, action, out, swapped)
	}
	return true
}

// set changes an item; the answer goes out when reply.
func (s *server) set(seq uint32, key, value string, reply bool) {
	s.t.Helper()
	s.change(segment(seq, fmt.Sprintf("set %s 7 0 %d\r\n%s\r\n", key, len(value), value)), key, value)
	if reply {
		s.stored()
	}
}

func (s *server) change(pkt []byte, key, value string) {
	s.t.Helper()
	if action, out := rextest.RunXDP(s.t, Ingress, pkt); action != xdp.Pass || string(out) != string(pkt) {
		s.t.Errorf("set: %v, or changed", action)
	}
	s.items[key] = value
}

// expect runs a request and says whether it is to be a hit.
func (s *server) expect(hit bool, id uint16, body string) {
	s.t.Helper()
	if got := s.get(id, body); got != hit {
		s.t.Errorf("%.40q: hit %v, want %v", body, got, hit)
	}
}

func TestGet(t *testing.T) {
	s := newServer(t)
	long := strings.Repeat("k", MaxKey)
	s.items = map[string]string{"a": "1", "b": "", long: strings.Repeat("v", MaxValue), "big": strings.Repeat("v", MaxValue+MaxKey+20),
		"crlf": "x\r\nEND\r\nVALUE a 7 1\r\n2\r\n"}
	for id, c := range []struct {
		body   string
		second bool // whether the second request hits
	}{
		{"get a\r\n", true},
		{"get a b\r\n", true},
		{"get b a a\r\n", true},
		{"get  a   b\r\n", true},
		{"get a \r\n", false},
		{"get " + long + "\r\n", true},
		{"get " + long + " " + long + "\r\n", false}, // does not fit
		{"get " + long + "x\r\n", false},
		{"get big\r\n", false},
		{"get crlf a\r\n", true},
		{"get none\r\n", false},
		{"get a none\r\n", false},
		{"get \r\n", false},
		{"get a", false},
		{"get a\n", false},
		{"get a\r\nget b\r\n", false},
		{"gets a\r\n", false},
	} {
		s.get(uint16(id), c.body)
		s.expect(c.second, uint16(id), c.body)
	}
}

// TestLeftAlone: what only looks like a request is memcached's, unchanged.
func TestLeftAlone(t *testing.T) {
	s := newServer(t)
	s.items["a"] = "1"
	s.get(1, "get a\r\n")
	s.expect(true, 2, "get a\r\n")
	whole := request(3, "get a\r\n")
	packets := map[string][]byte{
		"other port": rextest.Packet(eth{}, ip4{}, rextest.UDP{DstPort: Port + 1}, framed(1, "get a\r\n")),
		"fragment":   rextest.Packet(eth{}, ip4{MoreFragments: true}, rextest.UDP{DstPort: Port}, framed(1, "get a\r\n")),
		"last":       rextest.Packet(eth{}, ip4{FragmentOffset: 8, Protocol: packet.ProtoUDP}, framed(1, "get a\r\n")),
		"options":    rextest.Packet(eth{}, ip4{Options: make([]byte, 4)}, rextest.UDP{DstPort: Port}, framed(1, "get a\r\n")),
		"IPv6":       rextest.Packet(eth{}, rextest.IPv6{}, rextest.UDP{DstPort: Port}, framed(1, "get a\r\n")),
		"of two":     rextest.Packet(eth{}, ip4{}, rextest.UDP{DstPort: Port}, rextest.Payload("\x00\x01\x00\x00\x00\x02\x00\x00get a\r\n")),
	}
	for n := range whole {
		packets[fmt.Sprint(n, " bytes")] = whole[:n]
	}
	for name, pkt := range packets {
		if action, out := rextest.RunXDP(t, Ingress, pkt); action != xdp.Pass || string(out) != string(pkt) {
			t.Errorf("%s: %v, or changed", name, action)
		}
	}
}

// TestSet: from the SET to its answer the item is memcached's, and no reply that
// may be older gets into the cache.
func TestSet(t *testing.T) {
	s := newServer(t)
	s.set(1, "a", "1", true)
	s.expect(false, 1, "get a\r\n")
	s.expect(true, 2, "get a\r\n")
	s.set(2, "a", "2", false)
	s.expect(false, 3, "get a\r\n")
	s.expect(false, 4, "get a\r\n")
	s.stored()
	s.expect(false, 5, "get a\r\n")
	s.expect(true, 6, "get a\r\n")

	// A reply on its way while the item changes.
	s.set(3, "b", "1", true)
	rextest.RunXDP(t, Ingress, request(7, "get b\r\n"))
	old := s.reply("get b\r\n")
	s.set(4, "b", "2", true)
	s.egress(7, old)
	s.expect(false, 8, "get b\r\n")
	s.expect(true, 9, "get b\r\n")

	// Another request's reply.
	s.set(5, "c", "1", true)
	rextest.RunXDP(t, Ingress, request(10, "get c\r\n"))
	s.egress(11, s.reply("get c\r\n"))
	s.expect(false, 12, "get c\r\n")
}

// TestUnansweredSet: where the answer cannot be told, time passes.
func TestUnansweredSet(t *testing.T) {
	for name, body := range map[string]string{
		"noreply":   "set a 7 0 1 noreply\r\n2\r\n",
		"two":       "set a 7 0 1\r\n2\r\nset x 7 0 1\r\n2\r\n",
		"in pieces": "set a 7 0 10\r\n123",
		"flush":     "flush_all\r\n",
		"binary":    "\x80\x01\x00\x01",
		"incr":      "incr a 1\r\n",
		"newline":   "set x\nset a 7 0 1\r\n2\r\n",
		"expires":   "set a 7 60 1\r\n2\r\n",
	} {
		s := newServer(t)
		now := uint64(1)
		rextest.SetClock(t, func() uint64 { return now })
		s.items["a"] = "1"
		s.get(1, "get a\r\n")
		s.expect(true, 2, "get a\r\n")
		rextest.RunXDP(t, Ingress, segment(1, body))
		s.items["a"] = "2"
		s.stored()
		for id := range uint16(3) {
			s.expect(false, 3+id, "get a\r\n")
		}
		now += patience
		s.expect(false, 7, "get a\r\n")
		s.expect(name != "expires", 8, "get a\r\n")
	}
}

// TestSentAgain: a segment that TCP sends again is the command that it was, before
// its answer and after, and the connection's next answers are told as before.
func TestSentAgain(t *testing.T) {
	s := newServer(t)
	tracked := func() (n uint64) {
		for _, c := range rextest.Values(stats, 0) {
			n += c.Tracked
		}
		return n
	}
	seq := uint32(1<<32 - 40) // wraps round
	for i := range uint64(20) {
		value := strings.Repeat("v", int(i))
		s.set(seq, "a", value, false)
		if i%3 > 0 {
			s.set(seq, "a", value, false)
			s.expect(false, 1, "get a\r\n")
		}
		s.stored()
		if i%3 > 1 {
			s.set(seq, "a", value, false) // the answer was lost
		}
		if i%3 > 0 {
			s.expect(false, 1, "get a\r\n")
			s.expect(false, 1, "get a\r\n")
			s.now += patience // two commands and one answer leave that
		}
		s.expect(false, 2, "get a\r\n")
		s.expect(true, 3, "get a\r\n")
		if n := tracked(); n != i+1 {
			t.Fatalf("%d of %d commands tracked", n, i+1)
		}
		seq += 20
	}

	// It is lost behind us, and comes again when its time is over.
	now := s.now
	rextest.SetClock(t, func() uint64 { return now })
	pkt := segment(7, "set b 7 0 1\r\n2\r\n")
	s.items["b"] = "1"
	rextest.RunXDP(t, Ingress, pkt)
	now += patience
	s.expect(false, 4, "get b\r\n")
	s.expect(true, 5, "get b\r\n")
	rextest.RunXDP(t, Ingress, pkt)
	s.expect(false, 6, "get b\r\n")
	s.expect(false, 7, "get b\r\n")
	s.items["b"] = "2"
	s.stored()
	s.expect(false, 8, "get b\r\n")
	s.expect(true, 9, "get b\r\n")
}

// TestPipeline: several SETs of a connection without waiting.
func TestPipeline(t *testing.T) {
	s := newServer(t)
	s.set(1, "a", "1", false)
	s.set(2, "b", "1", false)
	s.set(2, "b", "1", false) // sent again
	s.set(3, "c", "1", false)
	s.stored()
	for _, key := range []string{"a", "b", "c"} {
		s.expect(false, 1, "get "+key+"\r\n")
		s.expect(false, 2, "get "+key+"\r\n")
	}
	s.stored()
	s.stored()
	s.now += patience
	s.set(4, "d", "1", true)
	s.expect(false, 3, "get d\r\n")
	s.expect(true, 4, "get d\r\n")
}

// TestCollision: keys that share an entry displace each other.
func TestCollision(t *testing.T) {
	s := newServer(t)
	bySlot := map[uint32]string{}
	var a, b string
	for i := 0; b == ""; i++ {
		key := fmt.Sprint("key", i)
		slot := Slot(key)
		if a = bySlot[slot]; a != "" {
			b = key
		}
		bySlot[slot] = key
	}
	s.items[a], s.items[b] = "1", "2"
	for id := range uint16(3) {
		s.expect(false, id, "get "+a+"\r\n")
		s.expect(true, id, "get "+a+"\r\n")
		s.expect(false, id, "get "+b+"\r\n")
		s.expect(true, id, "get "+b+"\r\n")
	}
}

// TestModel: random requests; every answer is right, and many come from the
// cache.
func TestModel(t *testing.T) {
	s := newServer(t)
	r := rand.New(rand.NewPCG(1, 2))
	key := func() string { return fmt.Sprint("key", int(r.ExpFloat64()*50)) }
	hits, gets := 0, 0
	for i := range 20_000 {
		if r.IntN(10) == 0 {
			k, v := key(), strings.Repeat("v", r.IntN(MaxValue+2))
			if r.IntN(20) > 0 {
				s.set(uint32(i), k, v, true)
			} else {
				s.change(segment(uint32(i), fmt.Sprintf("set %s 7 0 %d noreply\r\n%s\r\n", k, len(v), v)), k, v)
			}
			continue
		}
		gets++
		body := "get"
		for range 1 + r.IntN(3) {
			body += " " + key()
		}
		if s.get(uint16(i), body+"\r\n") {
			hits++
		}
	}
	if t.Logf("%d of %d GETs hit", hits, gets); hits < gets/5 {
		t.Error("too few")
	}
}

// TestCapture replays a conversation of a client with memcached: the cache answers
// once it has seen an answer, and not while a SET is on its way.
func TestCapture(t *testing.T) {
	newServer(t)
	c := replay.Open(t, "testdata/bmc.pcap")
	answer := func(id uint16, body string) {
		c.TC(Egress, rextest.Packet(eth{}, ip4{Src: rextest.DstIP4, Dst: rextest.SrcIP4}, rextest.UDP{SrcPort: Port, DstPort: 4000}, framed(id, body)), tc.Unspec)
	}
	stored := func() {
		c.TC(Egress, rextest.Packet(eth{}, ip4{Src: rextest.DstIP4, Dst: rextest.SrcIP4},
			rextest.TCP{SrcPort: Port, DstPort: 5000, Flags: packet.TCPAck}, rextest.Text("STORED\r\n")), tc.Unspec)
	}
	c.XDP(Ingress, segment(1, "set a 7 0 1\r\n1\r\n"), xdp.Pass)
	stored()
	c.XDP(Ingress, request(1, "get a\r\n"), xdp.Pass)
	answer(1, "VALUE a 7 1\r\n1\r\nEND\r\n")
	c.XDP(Ingress, request(2, "get a\r\n"), xdp.TX)
	c.XDP(Ingress, request(3, "get a b\r\n"), xdp.Pass)
	answer(3, "VALUE a 7 1\r\n1\r\nEND\r\n")
	c.XDP(Ingress, segment(2, "set a 7 0 2\r\n22\r\n"), xdp.Pass)
	c.XDP(Ingress, request(4, "get a\r\n"), xdp.Pass)
	answer(4, "VALUE a 7 1\r\n1\r\nEND\r\n") // overtaken by the SET
	stored()
	c.XDP(Ingress, request(5, "get a\r\n"), xdp.Pass)
	answer(5, "VALUE a 7 2\r\n22\r\nEND\r\n")
	c.XDP(Ingress, request(6, "get a\r\n"), xdp.TX)
}

// FuzzIngress: no packet makes the programs panic.
func FuzzIngress(f *testing.F) {
	f.Add(request(1, "get a b\r\n"), uint8(Port&0xff))
	f.Add(segment(1, "set a 7 0 1\r\n2\r\ndelete a\r\n"), uint8(0))
	f.Fuzz(func(t *testing.T, pkt []byte, _ uint8) {
		if len(pkt) > rextest.MaxPacket {
			t.Skip("larger than a packet can be")
		}
		rextest.RunXDP(t, Ingress, pkt)
		if len(pkt) > 0 {
			rextest.RunTC(t, Egress, rextest.SKB{Data: pkt, Protocol: 0x0800})
		}
	})
}
