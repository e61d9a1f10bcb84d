// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"fmt"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/rex-go/rex/examples/jsonlog"
	"github.com/rex-go/rex/test/netlab"
)

// TestVMJSONLog: lines of log/slog are counted by service and level, and those of
// one level do not reach the collector.
func TestVMJSONLog(t *testing.T) {
	pair := newPair(t, "rxjl", 51)
	server, err := netlab.Listen(pair.LocalIP4, jsonlog.Port)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	a := start(t, "jsonlog", "-every", "1h", "-iface", pair.Local, "-drop", "DEBUG")
	const n = 40
	err = pair.Do(func() error {
		conn, err := net.DialUDP("udp", nil, &net.UDPAddr{IP: pair.LocalIP4.AsSlice(), Port: jsonlog.Port})
		if err != nil {
			return err
		}
		defer conn.Close()
		log := slog.New(slog.NewJSONHandler(conn, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.LevelKey {
				a.Key = "level"
			}
			return a
		}}))
		for i := range n {
			log.Info(`request "answered"`, "service", "shop", slog.Group("took", "ms", 10+i%2*10, "db", []int{i}))
			log.Debug("cache", "service", "shop", "nested", map[string]any{"level": "INFO"})
			if i%4 == 0 {
				log.Error("out of\tstock", "service", "store\u00e9")
			}
		}
		_, err = fmt.Fprint(conn, "not json")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); server.Received() < n+n/4+1 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	out := a.stop()
	for expr, want := range map[string]uint64{
		`^lines (\d+)`: 2*n + n/4 + 1, `dropped (\d+)`: n, `malformed (\d+)`: 1,
		`shop +INFO +(\d+)`: n, `shop +DEBUG +(\d+)`: n, `storeé +ERROR +(\d+)`: n / 4, `shop +INFO +\d+ +\d+ +(\d+)ms`: 15,
	} {
		if got := number(t, out, expr); got != want {
			t.Errorf("%s: %d, want %d", expr, got, want)
		}
	}
	if got := server.Received(); got != n+n/4+1 {
		t.Errorf("%d lines reached the collector, want %d", got, n+n/4+1)
	}
}
