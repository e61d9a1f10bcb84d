// SPDX-License-Identifier: Apache-2.0

package ahocorasick

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/internal/replay"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

// fill puts the automaton for patterns into the map.
func fill(t *testing.T, patterns ...string) {
	t.Helper()
	rextest.Reset(t)
	all, err := Build(patterns)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range all {
		*states.Lookup(uint32(i)) = s
	}
}

// count is how often p is in text, overlaps included.
func count(text, p string) (n uint64) {
	for i := range text {
		if strings.HasPrefix(text[i:], p) {
			n++
		}
	}
	return n
}

func check(t *testing.T, text string, patterns []string) {
	t.Helper()
	before := make([]uint64, len(patterns)+1)
	for i := range before {
		before[i] = *hits.Lookup(uint32(i))
	}
	found := scan([]byte(text))
	any := false
	for i, p := range patterns {
		want := count(text, p)
		any = any || want > 0
		if got := *hits.Lookup(uint32(i + 1)) - before[i+1]; got != want {
			t.Errorf("%q is %d times in %q, found %d", p, want, text, got)
		}
	}
	if found != any {
		t.Errorf("%q: found %t", text, found)
	}
}

func TestScan(t *testing.T) {
	patterns := []string{"he", "she", "his", "hers", "e", "shehersx"}
	fill(t, patterns...)
	for _, text := range []string{"ushers", "", "sshehershex", "shehersx", "HIS", "eeee", "\x00he\xff"} {
		check(t, text, patterns)
	}
	// Against strings.HasPrefix, on texts of few letters, where patterns
	// overlap.
	rnd := rand.New(rand.NewPCG(3, 4))
	word := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abc"[rnd.IntN(3)]
		}
		return string(b)
	}
	seen := map[string]bool{}
	patterns = nil
	for range 100 {
		if p := word(1 + rnd.IntN(6)); !seen[p] {
			seen[p] = true
			patterns = append(patterns, p)
		}
	}
	fill(t, patterns...)
	for range 50 {
		check(t, word(rnd.IntN(40)), patterns)
	}
}

func TestSearch(t *testing.T) {
	fill(t, "evil")
	for name, c := range map[string]struct {
		pkt     []byte
		verdict xdp.Action
	}{
		"udp":    {rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{}, rextest.Text("an evil text")), xdp.Drop},
		"tcp":    {rextest.Packet(rextest.Ethernet{}, rextest.VLAN{}, rextest.IPv4{}, rextest.TCP{}, rextest.Text("evil")), xdp.Drop},
		"clean":  {rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.TCP{}, rextest.Text("a good text")), xdp.Pass},
		"icmp":   {rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.ICMP{}, rextest.Text("evil")), xdp.Pass},
		"header": {rextest.Packet(rextest.Ethernet{}, rextest.IPv4{Options: []byte("evil")}, rextest.UDP{}), xdp.Pass},
	} {
		if verdict, _ := rextest.RunXDP(t, Search, c.pkt); verdict != c.verdict {
			t.Errorf("%s: %v", name, verdict)
		}
	}
	if c, m, b := *stats.Lookup(Clean), *stats.Lookup(Matched), *stats.Lookup(Bytes); c != 2 || m != 2 || b != 12+4+11 {
		t.Errorf("%d clean, %d matched, %d bytes", c, m, b)
	}
}

func TestBuildErrors(t *testing.T) {
	for want, patterns := range map[string][]string{
		"empty pattern":     {"a", ""},
		"too many states":   {strings.Repeat("x", MaxStates)},
		"too many patterns": make([]string, MaxPatterns+1),
	} {
		if _, err := Build(patterns); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestCapture replays payloads with patterns and without.
func TestCapture(t *testing.T) {
	fill(t, "evil", "vile", "\x90\x90\x90\x90")
	c := replay.Open(t, "testdata/ahocorasick.pcap")
	for _, p := range []struct {
		text string
		want xdp.Action
	}{
		{"a good text", xdp.Pass}, {"an evil text", xdp.Drop}, {"evi", xdp.Pass}, {"deviled eggs", xdp.Drop}, // evil and vile overlap
		{"\x90\x90\x90", xdp.Pass}, {"\x90\x90\x90\x90", xdp.Drop}, {strings.Repeat("evi", 400) + "l", xdp.Drop}, {"", xdp.Pass},
	} {
		c.XDP(Search, rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{SrcPort: 4000, DstPort: 9}, rextest.Text(p.text)), p.want)
	}
}
