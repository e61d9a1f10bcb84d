// SPDX-License-Identifier: Apache-2.0

package httproute

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/internal/replay"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

func segment(text string) []byte {
	return rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.TCP{DstPort: Port, Flags: packet.TCPAck}, rextest.Text(text))
}

// run sends a segment and returns the row that counted it, NumStats for none.
func run(t *testing.T, pkt []byte) (xdp.Action, int) {
	t.Helper()
	var before [NumStats]uint64
	for i := range before {
		before[i] = *stats.Lookup(uint32(i))
	}
	action, _ := rextest.RunXDP(t, Filter, pkt)
	for i := range before {
		if *stats.Lookup(uint32(i)) != before[i] {
			return action, i
		}
	}
	return action, NumStats
}

func TestFilter(t *testing.T) {
	rextest.Reset(t)
	for path, allow := range map[string]Methods{"/": 1<<Get | 1<<Head, "/api": 1<<Get | 1<<Post, "/admin": 0, "/api/v2/admin": 0} {
		if err := routes.Update(Prefix(path), Route{Allow: allow}); err != nil {
			t.Fatal(err)
		}
	}
	for line, row := range map[string]int{
		"GET / HTTP/1.1":                                  Routed,
		"GET /index.html HTTP/1.0":                        Routed,
		"POST / HTTP/1.1":                                 Denied,
		"POST /api/items?x=/admin HTTP/1.1":               Routed,
		"DELETE /api/items HTTP/1.1":                      Denied,
		"GET /admin HTTP/1.1":                             Denied,
		"GET /administration HTTP/1.1":                    Routed,
		"GET //admin/ HTTP/1.1":                           Denied,
		"GET /api/../admin/x HTTP/1.1":                    Denied,
		"GET /api/%2e%2E/%61dmin HTTP/1.1":                Denied,
		"GET /api/v2/admin/x HTTP/1.1":                    Denied,
		"GET /api/v2/./admin HTTP/1.1":                    Denied,
		"GET /../../.. HTTP/1.1":                          Routed,
		"GET http://host:80/admin HTTP/1.1":               Denied,
		"GET http://host HTTP/1.1":                        Routed,
		"GET /" + strings.Repeat("a/", 300) + " HTTP/1.1": Routed,
		"GET /a%2fb HTTP/1.1":                             Malformed,
		"GET /a%4 HTTP/1.1":                               Malformed,
		"GET * HTTP/1.1":                                  Malformed,
		"GET /x":                                          Malformed,
		"GET /x SIP/2.0":                                  Malformed,
		"GETX /x HTTP/1.1":                                NumStats,
		"get / HTTP/1.1":                                  NumStats,
		"":                                                NumStats,
	} {
		action, got := run(t, segment(line+"\r\nHost: x\r\n\r\n"))
		if want := map[bool]xdp.Action{true: xdp.Drop, false: xdp.Pass}[row == Denied]; got != row || action != want {
			t.Errorf("%.40s: row %d, %v (expected %d, %v)", line, got, action, row, want)
		}
	}
	r := routes.Lookup(Prefix("/admin/users").Addr)
	if r == nil || r.Denied != 5 || r.Requests[Get] != 5 {
		t.Errorf("/admin: %+v", r)
	}
}

// TestSplit: a request line in any two segments, or in one for each byte, is judged
// with the last one, also when that is sent again.
func TestSplit(t *testing.T) {
	rextest.Reset(t)
	for path, allow := range map[string]Methods{"/": 1 << Get, "/admin": 0} {
		if err := routes.Update(Prefix(path), Route{Allow: allow}); err != nil {
			t.Fatal(err)
		}
	}
	send := func(conn uint16, seq int, text string) (xdp.Action, int) {
		return run(t, rextest.Packet(rextest.Ethernet{}, rextest.IPv4{},
			rextest.TCP{SrcPort: conn, DstPort: Port, Seq: uint32(seq), Flags: packet.TCPAck}, rextest.Text(text)))
	}
	const request = "GET /x/../admin HTTP/1.1\r\nHost: x\r\n\r\n"
	end := strings.Index(request, "\r\n") + 2
	for n := 1; n < end; n++ {
		first := 1<<32 - n - n%2 // some wrap round
		if action, row := send(uint16(n), first, request[:n]); action != xdp.Pass || row != Split {
			t.Fatalf("first %d bytes: %v, row %d", n, action, row)
		}
		for range 2 {
			if action, row := send(uint16(n), first+n, request[n:]); action != xdp.Drop || row != Denied {
				t.Fatalf("behind %d bytes: %v, row %d", n, action, row)
			}
		}
	}
	for n := range end - 1 {
		if action, row := send(1000, n, request[n:n+1]); action != xdp.Pass || row != Split {
			t.Fatalf("byte %d: %v, row %d", n, action, row)
		}
	}
	if action, row := send(1000, end-1, request[end-1:]); action != xdp.Drop || row != Denied {
		t.Errorf("the last byte of the line: %v, row %d", action, row)
	}

	// Not judged: the end before the beginning, another connection's, and a line
	// that is too long.
	for name, c := range map[string]struct {
		first, rest       string
		conn              uint16
		seq               int
		firstRow, restRow int
	}{
		"gap":          {"GET /adm", "n HTTP/1.1\r\n", 2000, 9, Split, NumStats},
		"other client": {"GET /adm", "in HTTP/1.1\r\n", 2001, 8, Split, NumStats},
		"too long":     {"GET /admin?" + strings.Repeat("x", MaxLine), " HTTP/1.1\r\n", 2000, 11 + MaxLine, Split, NumStats},
		"full":         {"GET /admin?" + strings.Repeat("x", MaxLine-11), " HTTP/1.1\r\n", 2000, MaxLine, Split, Denied},
		"body":         {"no request", "GET / HTTP/1.1\r\n", 2000, 10, NumStats, Routed},
	} {
		rextest.Reset(t)
		routes.Update(Prefix("/"), Route{Allow: 1 << Get})
		routes.Update(Prefix("/admin"), Route{})
		if action, row := send(2000, 0, c.first); action != xdp.Pass || row != c.firstRow {
			t.Errorf("%s: %v, row %d (expected %d)", name, action, row, c.firstRow)
		}
		action, row := send(c.conn, c.seq, c.rest)
		if (action == xdp.Drop) != (c.restRow == Denied) || row != c.restRow {
			t.Errorf("%s, the rest: %v, row %d (expected %d)", name, action, row, c.restRow)
		}
	}
}

// TestCapture replays requests: whole, and in pieces.
func TestCapture(t *testing.T) {
	rextest.Reset(t)
	for path, allow := range map[string]Methods{"/": 1<<Get | 1<<Head, "/admin": 0} {
		if err := routes.Update(Prefix(path), Route{Allow: allow}); err != nil {
			t.Fatal(err)
		}
	}
	c := replay.Open(t, "testdata/httproute.pcap")
	for conn, list := range [][]struct {
		text string
		want xdp.Action
	}{
		{{"GET /index.html HTTP/1.1\r\nHost: x\r\n\r\n", xdp.Pass}},
		{{"POST /index.html HTTP/1.1\r\nHost: x\r\n\r\n", xdp.Drop}},
		{{"GET /x/%2e%2e/%61dmin HTTP/1.1\r\nHost: x\r\n\r\n", xdp.Drop}},
		{{"GE", xdp.Pass}, {"T /adm", xdp.Pass}, {"in HTTP/1.1\r\nHost: x\r\n\r\n", xdp.Drop}},
		{{"GE", xdp.Pass}, {"T / HTTP/1.1\r\nHost: x\r\n\r\n", xdp.Pass}},
		{{"SSH-2.0-OpenSSH_10.0\r\n", xdp.Pass}},
	} {
		seq := uint32(1)
		for _, s := range list {
			c.XDP(Filter, rextest.Packet(rextest.Ethernet{}, rextest.IPv4{},
				rextest.TCP{SrcPort: uint16(40000 + conn), DstPort: Port, Seq: seq, Flags: packet.TCPAck | packet.TCPPsh}, rextest.Text(s.text)), s.want)
			seq += uint32(len(s.text))
		}
	}
}

// FuzzClean: no target makes it panic; what it makes begins with a slash and has
// no dot segments.
func FuzzClean(f *testing.F) {
	f.Add([]byte("/a/../b/%2e/c?d"))
	f.Add([]byte("http://x/y"))
	f.Fuzz(func(t *testing.T, target []byte) {
		p, ok := clean(target)
		if s := string(p[:]); ok && (s[0] != '/' || strings.Contains(s, "/../") || strings.Contains(s, "/./") || strings.Contains(s, "//")) {
			t.Errorf("%q: %q", target, s)
		}
	})
}
