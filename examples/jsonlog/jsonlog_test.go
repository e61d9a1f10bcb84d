// SPDX-License-Identifier: Apache-2.0

package jsonlog

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/internal/replay"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

func udp(line string) []byte {
	return rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: Port}, rextest.Text(line))
}

func TestRead(t *testing.T) {
	rextest.Reset(t)
	if err := drop.Update(0, word("debug")); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]xdp.Action{
		`{"service":"shop","level":"info","took":{"ms":12,"db":[1,{"ms":99}]},"msg":"a \"b\" \u00e9"}`:    xdp.Pass,
		` { "msg" : "level\":\"debug", "level" : "info" , "took" : { "ms" : 30 } , "service" : "shop" } `: xdp.Pass,
		`{"level":"debug","service":"shop"}`:                                 xdp.Drop,
		`{"level":"d\u0065bug","service":"a service with a very long name"}`: xdp.Drop,
		`{"level":"info"`:              xdp.Pass,
		`{"nested":{"level":"debug"}}`: xdp.Pass,
		`{}`:                           xdp.Pass,
		`plain text`:                   xdp.Pass,
		"{\"level\":\"a\nb\"}":         xdp.Pass,
	} {
		if action, _ := rextest.RunXDP(t, Read, udp(line)); action != want {
			t.Errorf("%s: %v, want %v", line, action, want)
		}
	}
	if l, d, m := *stats.Lookup(Lines), *stats.Lookup(Dropped), *stats.Lookup(Malformed); l != 9 || d != 2 || m != 3 {
		t.Errorf("%d lines, %d dropped, %d malformed (expected 9, 2, 3)", l, d, m)
	}
	s := sums.Lookup(Row{word("shop"), word("info")})
	if s == nil || s.Lines != 2 || s.Timed != 2 || s.Nanos != 42_000_000 {
		t.Errorf("shop, info: %v", s)
	}
	if sums.Lookup(Row{word("a service with a"), word("debug")}) == nil {
		t.Error("no row for a long name")
	}
	other := rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: Port + 1}, rextest.Text(`{"level":"debug"}`))
	if action, _ := rextest.RunXDP(t, Read, other); action != xdp.Pass {
		t.Errorf("another port: %v", action)
	}
}

// TestCapture replays log lines.
func TestCapture(t *testing.T) {
	rextest.Reset(t)
	if err := drop.Update(0, word("debug")); err != nil {
		t.Fatal(err)
	}
	c := replay.Open(t, "testdata/jsonlog.pcap")
	for _, l := range []struct {
		line string
		want xdp.Action
	}{
		{`{"service":"shop","level":"info","took":{"ms":12,"db":[1,{"ms":99}]},"msg":"a \"b\" \u00e9"}`, xdp.Pass},
		{`{"level":"debug","service":"shop"}`, xdp.Drop},
		{`{"level":"d\u0065bug"}`, xdp.Drop},
		{`{"nested":{"level":"debug"}}`, xdp.Pass},
		{`{"level":"info"`, xdp.Pass},
		{`plain text`, xdp.Pass},
	} {
		c.XDP(Read, udp(l.line), l.want)
	}
	if l, d, m := *stats.Lookup(Lines), *stats.Lookup(Dropped), *stats.Lookup(Malformed); l != 6 || d != 2 || m != 2 {
		t.Errorf("%d lines, %d dropped, %d malformed (expected 6, 2, 2)", l, d, m)
	}
}

// FuzzParser: no text makes it panic, and the strings that it reads are those
// that encoding/json reads.
func FuzzParser(f *testing.F) {
	for _, s := range []string{`{"a":"b"}`, `{"a":{"b":["\n\u0041\\",1.5e3,null]}}`, `[1]`, `{"a":"\ud83d"}`, strings.Repeat(`{"a":`, 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := &parser{b: []byte(text)}
		got := map[string]string{}
		dup := false
		ok := p.fields(func(name string) bool {
			if p.peek() != '"' || strings.Contains(name, ".") {
				return false
			}
			_, seen := got[name]
			dup = dup || seen
			got[name] = p.text()
			return true
		})
		var want map[string]any
		if json.Unmarshal([]byte(text), &want) != nil || !ok || dup || strings.ContainsRune(text, '\\') {
			return
		}
		for name, v := range got {
			if s, isText := want[name].(string); isText && s != strings.ToValidUTF8(v, "\ufffd") && !strings.Contains(s, "\ufffd") {
				t.Errorf("%q: %q, want %q", name, v, s)
			}
		}
	})
}
