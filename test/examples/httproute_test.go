// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/rex-go/rex/examples/httproute"
)

// TestVMHTTPRoute: net/http answers the requests that a route allows, and does not
// see the others.
func TestVMHTTPRoute(t *testing.T) {
	pair := newPair(t, "rxhr", 52)
	addr := netip.AddrPortFrom(pair.LocalIP4, httproute.Port).String()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	seen := make(chan string, 100)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { seen <- r.Method + " " + r.URL.Path })
	server := &http.Server{Handler: mux}
	go server.Serve(ln)
	defer server.Close()
	a := start(t, "httproute", "-every", "1h", "-iface", pair.Local, "-route", "/=GET", "-route", "/api=GET,POST", "-route", "/admin=")
	for _, c := range []struct {
		method, target string
		allowed        bool
		first          int // bytes in a segment of their own
	}{
		{"GET", "/index.html", true, 0}, {"POST", "/api/items?x=1", true, 0}, {"POST", "/index.html", false, 0},
		{"GET", "/admin", false, 0}, {"GET", "/api/%2e%2e/admin/users", false, 0}, {"DELETE", "/api/items", false, 0},
		{"GET", "/split", true, 2}, {"GET", "/admin", false, 2}, {"GET", "/admin/x", false, 10},
	} {
		err := pair.Do(func() error { return request(addr, c.method, c.target, c.first, c.allowed) })
		if c.allowed != (err == nil) || !c.allowed && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s %s: %v (allowed: %v)", c.method, c.target, err, c.allowed)
		}
	}
	close(seen)
	if n := len(seen); n != 3 {
		for s := range seen {
			t.Log(s)
		}
		t.Errorf("%d requests reached the server", n)
	}
	out := a.stop()
	// TCP sends segments again that nobody answers.
	for expr, least := range map[string]uint64{
		`/ +\d+ +GET (\d+)`: 2, `/api/ +\d+ +.*POST (\d+)`: 1, `/api/ +\d+ +.*DELETE (\d+)`: 1, `/admin/ +\d+ +GET (\d+)`: 4, `/admin/ +(\d+)`: 4, `denied (\d+)`: 6, `routed (\d+)`: 3,
		`in pieces (\d+)`: 3,
	} {
		if got := number(t, out, expr); got < least {
			t.Errorf("%s: %d, want at least %d", expr, got, least)
		}
	}
}

// request asks, with the first bytes in a segment of their own, and reads the
// status line. An answer that is not to come is not
// waited for as long as others.
func request(addr, method, target string, first int, allowed bool) error {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	limit := patience
	if !allowed {
		limit = time.Second
	}
	if err := conn.SetDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	text := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", method, target)
	for _, part := range []string{text[:first], text[first:]} { // net turns Nagle's algorithm off
		if _, err := conn.Write([]byte(part)); err != nil {
			return err
		}
	}
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	if r.Body.Close(); r.StatusCode != http.StatusOK {
		return fmt.Errorf("status %s", r.Status)
	}
	return nil
}
