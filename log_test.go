// SPDX-License-Identifier: Apache-2.0

package rex_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
)

type (
	port  uint16
	named string
	pair  struct{ a, b int }
)

// shown has a String method with a pointer receiver.
type shown struct{ n int }

func (s *shown) String() string { return "shown" }

// one returns the text of the only record that f logs.
func one(t *testing.T, f func()) rextest.LogRecord {
	t.Helper()
	var logs *rextest.Logs
	t.Run("", func(t *testing.T) {
		logs = rextest.CaptureLogs(t)
		f()
	})
	if n := len(logs.Records()); n != 1 {
		t.Fatalf("%d records", n)
	}
	return logs.Records()[0]
}

func TestLog(t *testing.T) {
	for _, c := range []struct {
		want string
		args []any
	}{
		{"m", nil},
		{"m n=-5 u=200 p=80 ok=true", []any{"n", int8(-5), "u", uint8(200), "p", port(80), "ok", true}},
		{`m a=word b="two words" c="" d="x=y" e=name`, []any{"a", "word", "b", "two words", "c", "", "d", "x=y", "e", named("name")}},
		{"m mac=02:00:5e:00:00:ff ip=192.0.2.7", []any{"mac", packet.MAC{2, 0, 0x5e, 0, 0, 0xff}, "ip", packet.IPv4Addr{192, 0, 2, 7}}},
		{"m b=00ff10 arr=0102", []any{"b", []byte{0, 255, 16}, "arr", [2]byte{1, 2}}},
		{`m err="no such entry" lvl=WARN`, []any{"err", rex.ErrNotExist, "lvl", rex.LevelWarn}},
		{"m nil=<nil> ptr=<nil> s=shown other=(rex_test.pair)", []any{"nil", nil, "ptr", (*shown)(nil), "s", &shown{}, "other", pair{}}},
		{`m q="a\"b\\\n\x00\xff` + "é" + `"`, []any{"q", "a\"b\\\n\x00\xffé"}},
		{"m !BADKEY=1 !BADKEY=2", []any{3, 1, 2}},
		{"m min=-9223372036854775808 max=18446744073709551615", []any{"min", int64(-1 << 63), "max", ^uint64(0)}},
	} {
		r := one(t, func() { rex.Log(rex.LevelWarn, "m", c.args...) })
		if r.Msg != c.want || r.Level != rex.LevelWarn {
			t.Errorf("got  %v %s\nwant %s", r.Level, r.Msg, c.want)
		}
	}
}

func TestLogCut(t *testing.T) {
	long := strings.Repeat("0123456789", 20)
	if r := one(t, func() { rex.Log(rex.LevelInfo, long, "k", 1) }); r.Msg != long[:168] {
		t.Errorf("got %q", r.Msg)
	}
	for n := 150; n < 175; n++ {
		want := long[:n] + " k=1234567890"
		if r := one(t, func() { rex.Log(rex.LevelInfo, long[:n], "k", 1234567890) }); r.Msg != want[:min(len(want), 168)] {
			t.Errorf("%d: got %q", n, r.Msg)
		}
		if r := one(t, func() { rex.Printf("%s%30d", long[:n], 7) }); r.Msg != fmt.Sprintf("%s%30d", long[:n], 7)[:168] {
			t.Errorf("%d: got %q", n, r.Msg)
		}
	}
}

// TestPrintfLikeFmt compares with package fmt.
func TestPrintfLikeFmt(t *testing.T) {
	printf := rex.Printf // go vet does not see the wrong formats
	for _, c := range []struct {
		format string
		args   []any
	}{
		{"plain 100%%", nil},
		{"%d %d %d", []any{1, int8(-128), ^uint64(0)}},
		{"%5d|%-5d|%05d|%+d|%+05d|%x|%X|%#x|%08x|%o|%b|%#o|%#b", []any{42, 42, -42, 42, 42, 255, 255, 255, -255, 8, 5, 8, 5}},
		{"%#08x|%#8x|%-8x|", []any{255, 255, 255}},
		{"%v %v %v %t %v", []any{1, uint16(2), "s", true, false}},
		{"%s|%8s|%-8s|%q|%x|%X|%#x", []any{"hé", "hé", "hé", "h\n\"", "hi", "hi", "hi"}},
		{"%s %x %X %v %d %q", []any{[]byte("ab"), []byte{1, 255}, []byte{1, 255}, []byte{1, 255}, []byte{3}, []byte("x")}},
		{"%x %v", []any{[3]byte{1, 2, 3}, [3]byte{1, 2, 3}}},
		{"%c%c%c|%5c", []any{'a', 'é', '日', 'x'}},
		{"%v %s", []any{rex.ErrExist, rex.ErrExist}},
		{"%d %v %x", []any{port(80), port(80), port(80)}},
		{"%v %s", []any{named("x"), named("y")}},
		{"%d", []any{"wrong"}},
		{"%s %t", []any{5, 6}},
		{"%d", []any{true}},
		{"%d %d", []any{1}},
		{"%d", []any{1, "more", 3}},
		{"end %", nil},
		{"%5", []any{1}},
		{"%z", []any{1}},
		{"%v", []any{nil}},
		{"%10v|%-10v|", []any{true, true}},
	} {
		want := fmt.Sprintf(c.format, c.args...)
		if r := one(t, func() { printf(c.format, c.args...) }); r.Msg != want || r.Level != rex.LevelInfo {
			t.Errorf("%s\ngot  %v %s\nwant %s", c.format, r.Level, r.Msg, want)
		}
	}
}
