// SPDX-License-Identifier: Apache-2.0

package httproute

import (
	"strings"
	"testing"

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
