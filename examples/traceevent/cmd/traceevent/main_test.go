// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
)

// rect is a frame as it is drawn.
type rect struct {
	Title string `xml:"title"`
	Rect  struct {
		X     float64 `xml:"x,attr"`
		Y     int     `xml:"y,attr"`
		Width float64 `xml:"width,attr"`
	} `xml:"rect"`
	Text string `xml:"text"`
}

func TestDraw(t *testing.T) {
	all := []sample{
		{[]string{"prog", "main", "f<int>"}, 60},
		{[]string{"prog", "main", "f<int>", "read_[k]"}, 30},
		{[]string{"prog", "main", "g"}, 9},
		{[]string{"idle"}, 300},
		{[]string{"prog", "main", "rare"}, 1},
	}
	var b strings.Builder
	draw(&b, graph(all))
	var svg struct {
		Frames []rect `xml:"g"`
	}
	if err := xml.Unmarshal([]byte(b.String()), &svg); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	got := map[string]rect{}
	for _, r := range svg.Frames {
		name, _, _ := strings.Cut(r.Title, ":")
		got[name] = r
	}
	for name, want := range map[string]struct {
		x, width float64
		row      int
		text     string
	}{
		"all":    {0, 1200, 0, "all"},
		"idle":   {0, 900, 1, "idle"},
		"prog":   {900, 300, 1, "prog"},
		"main":   {900, 300, 2, "main"},
		"f<int>": {900, 270, 3, "f<int>"},
		"read":   {900, 90, 4, "read"},
		"g":      {1170, 27, 3, "g"},
		"rare":   {1197, 3, 3, ""},
	} {
		r := got[name]
		if r.Rect.X != want.x || r.Rect.Width != want.width || r.Rect.Y != (4-want.row)*height || r.Text != want.text {
			t.Errorf("%s: %+v, want %+v", name, r, want)
		}
	}
	if want := "read: 30 samples, 7.5 %"; got["read"].Title != want {
		t.Errorf("title %q, want %q", got["read"].Title, want)
	}
	// Nothing is drawn of nothing, and it is an SVG.
	b.Reset()
	draw(&b, graph(nil))
	d := xml.NewDecoder(strings.NewReader(b.String()))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	b.Reset()
	fold(&b, all[:2])
	if want := "prog;main;f<int> 60\nprog;main;f<int>;read_[k] 30\n"; b.String() != want {
		t.Errorf("folded %q", b.String())
	}
}

func TestSymbols(t *testing.T) {
	p := openProcess(uint32(os.Getpid()))
	addr := uint64(reflect.ValueOf(TestSymbols).Pointer())
	if got := p.name(addr + 4); !strings.HasSuffix(got, ".TestSymbols") {
		t.Errorf("this function is %q", got)
	}
	if got := p.name(8); got != "[unknown]" {
		t.Errorf("nowhere is %q", got)
	}
	if got := openProcess(1 << 30).name(addr); got != "[unknown]" {
		t.Errorf("in no process: %q", got)
	}
	k := table{{10, "a"}, {20, "b"}}
	for addr, want := range map[uint64]string{5: "0x5", 10: "a", 19: "a", 20: "b", 99: "b"} {
		if got := k.name(addr); got != want {
			t.Errorf("%d is in %s, want %s", addr, got, want)
		}
	}
}
