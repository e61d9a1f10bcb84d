// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rex-go/rex/test/netlab"
)

// TestVMAhoCorasick: of datagrams with and without one of a thousand patterns,
// those without arrive, and each pattern is counted.
func TestVMAhoCorasick(t *testing.T) {
	pair := newPair(t, "rxac", 43)
	const port, n = 9000, 100
	rnd := rand.New(rand.NewPCG(5, 6))
	word := func(letters string, size int) string {
		b := make([]byte, size)
		for i := range b {
			b[i] = letters[rnd.IntN(len(letters))]
		}
		return string(b)
	}
	patterns := make([]string, 1000)
	for i := range patterns {
		patterns[i] = fmt.Sprintf("%s%03d", word("ABCDEFGH", 6+rnd.IntN(6)), i)
	}
	file := filepath.Join(t.TempDir(), "patterns")
	if err := os.WriteFile(file, []byte(strings.Join(patterns, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	a := start(t, "ahocorasick", "-every", "1h", "-iface", pair.Local, "-patterns", file, "-top", "1000")
	server, err := netlab.Listen(pair.LocalIP4, port)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	want := map[string]int{}
	err = pair.Do(func() error {
		conn, err := net.Dial("udp", fmt.Sprintf("%v:%d", pair.LocalIP4, port))
		if err != nil {
			return err
		}
		defer conn.Close()
		for i := range 2 * n {
			text := word("ABCDEFGHxyz 0123456789", 300+rnd.IntN(900))
			if i%2 == 1 {
				p := patterns[rnd.IntN(len(patterns))]
				want[p]++
				at := rnd.IntN(len(text) - len(p))
				text = text[:at] + p + text[at+len(p):]
			}
			if _, err := conn.Write([]byte(text)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); server.Received() < n && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	out := a.stop()
	if got := server.Received(); got != n || !strings.Contains(out, fmt.Sprintf("clean %d  dropped %d ", n, n)) {
		t.Errorf("%d datagrams arrived, want %d", got, n)
	}
	for p, times := range want {
		if !strings.Contains(out, fmt.Sprintf("%8d  %q\n", times, p)) {
			t.Errorf("%q was not found %d times", p, times)
		}
	}
}
