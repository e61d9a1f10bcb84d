// SPDX-License-Identifier: Apache-2.0

package dns

import (
	"encoding/hex"
	"testing"

	"github.com/rex-go/rex/examples/internal/replay"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

// fill makes a zone of an address, an alias of it in the same domain, an alias
// in another domain, and two that stand for each other.
func fill(t *testing.T) {
	t.Helper()
	rextest.Reset(t)
	for name, r := range map[string]Record{
		"web.example.test": {Addr: packet.IPv4Addr{192, 0, 2, 80}, TTL: 300},
		"www.example.test": {Alias: wire("web.example.test"), TTL: 60},
		"other":            {Alias: wire("www.example.test"), TTL: 60},
		"ping":             {Alias: wire("pong")},
		"pong":             {Alias: wire("ping")},
	} {
		if err := zone.Update(wire(name), r); err != nil {
			t.Fatal(err)
		}
	}
}

func wire(s string) Name {
	n, err := ParseName(s)
	if err != nil {
		panic(err)
	}
	return n
}

func raw(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	head  = "abcd01000001000000000000"
	webQ  = "03776562076578616d706c65047465737400" + "00010001"
	wwwQ  = "03777777076578616d706c65047465737400" + "00010001"
	reply = "abcd850000010001" + "00000000"
)

func TestAnswer(t *testing.T) {
	fill(t)
	for _, c := range []struct {
		name, query, reply string
		row                int
	}{
		{"address", head + webQ, reply + webQ + "c00c" + "00010001" + "0000012c" + "0004" + "c0000250", Answered},
		{"upper case", head + "03574542076558414d504c65047465535400" + "00010001",
			reply + webQ + "c00c" + "00010001" + "0000012c" + "0004" + "c0000250", Answered},
		{"with EDNS", "abcd01000001000000000001" + webQ + "0000291000000000000000",
			reply + webQ + "c00c" + "00010001" + "0000012c" + "0004" + "c0000250", Answered},
		{"alias", head + wwwQ, "abcd85000001000200000000" + wwwQ +
			"c00c" + "00050001" + "0000003c" + "0006" + "03776562c010" +
			"c02e" + "00010001" + "0000012c" + "0004" + "c0000250", Answered},
		{"compressed question", head + "03777777c016" + "00010001" + "076578616d706c65047465737400", "abcd85000001000200000000" + wwwQ +
			"c00c" + "00050001" + "0000003c" + "0006" + "03776562c010" +
			"c02e" + "00010001" + "0000012c" + "0004" + "c0000250", Answered},
		{"unknown", head + "036e6574076578616d706c65047465737400" + "00010001", "", Unknown},
		{"aliases in a circle", head + "0470696e6700" + "00010001", "", Unknown},
		{"pointer to itself", head + "c00c" + "00010001", "", Other},
		{"pointer beyond the end", head + "cfff" + "00010001", "", Other},
		{"other type", head + "03776562076578616d706c65047465737400" + "001c0001", "", Other},
		{"reply", reply + webQ, "", Other},
		{"two questions", "abcd01000002000000000000" + webQ + wwwQ, "", Other},
		{"label cut short", head + "037765", "", Other},
		{"empty", "", "", Other},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := *stats.Lookup(uint32(c.row))
			got, row := answer(raw(t, c.query))
			if hex.EncodeToString(got) != c.reply || row != c.row {
				t.Errorf("row %d, reply %x\n(expected %d, %s)", row, got, c.row, c.reply)
			}
			pkt := rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{SrcPort: 4000, DstPort: 53}, rextest.Payload(raw(t, c.query)))
			want, verdict := pkt, xdp.Pass
			if c.reply != "" {
				verdict = xdp.TX
				want = rextest.Packet(rextest.Ethernet{Src: rextest.DstMAC, Dst: rextest.SrcMAC}, rextest.IPv4{Src: rextest.DstIP4, Dst: rextest.SrcIP4},
					rextest.UDP{SrcPort: 53, DstPort: 4000}, rextest.Payload(raw(t, c.reply)))
				want[40], want[41] = 0, 0 // no checksum
			}
			action, out := rextest.RunXDP(t, Answer, pkt)
			if action != verdict || string(out) != string(want) {
				t.Errorf("verdict %v, packet\n%x\n(expected %v,\n%x)", action, out, verdict, want)
			}
			if n := *stats.Lookup(uint32(c.row)); n != before+1 {
				t.Errorf("row %d: %d after %d", c.row, n, before)
			}
		})
	}
}

// TestCapture replays queries with their replies.
func TestCapture(t *testing.T) {
	fill(t)
	c := replay.Open(t, "testdata/dns.pcap")
	for _, q := range []struct {
		query string
		want  xdp.Action
	}{
		{head + webQ, xdp.TX},
		{head + wwwQ, xdp.TX},
		{head + "03777777c016" + "00010001" + "076578616d706c65047465737400", xdp.TX}, // compressed
		{head + "036e6574076578616d706c65047465737400" + "00010001", xdp.Pass},        // unknown
		{head + "03776562076578616d706c65047465737400" + "001c0001", xdp.Pass},        // AAAA
		{head + "c00c" + "00010001", xdp.Pass},                                        // a pointer to itself
	} {
		c.XDP(Answer, rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{SrcPort: 4000, DstPort: 53}, rextest.Payload(raw(t, q.query))), q.want)
	}
}

// FuzzAnswer: no message makes it panic.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte("\xab\xcd\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\xc0\x0c\x00\x01\x00\x01"))
	f.Fuzz(func(t *testing.T, msg []byte) {
		if reply, _ := answer(msg); reply != nil {
			t.Error("an answer from an empty zone")
		}
	})
}

func TestParseName(t *testing.T) {
	n, err := ParseName("A.Example.")
	if err != nil || n != (Name{0: 1, 1: 'a', 2: 7, 3: 'e', 4: 'x', 5: 'a', 6: 'm', 7: 'p', 8: 'l', 9: 'e'}) {
		t.Errorf("got %q, %v", n, err)
	}
	for _, bad := range []string{"", "a..b", "0123456789012345678901234567890123456789012345678901234567890123"} {
		if _, err := ParseName(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
