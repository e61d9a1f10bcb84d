// SPDX-License-Identifier: Apache-2.0

package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/abi"
)

// recovered runs f and returns how Go's runtime would print its panic.
func recovered(f func()) (s string) {
	defer func() {
		switch v := recover().(type) {
		case error:
			s = "panic: " + v.Error()
		default:
			s = fmt.Sprintf("panic: %v", v)
		}
	}()
	f()
	return ""
}

// TestPanicTextIsGos compares every message that Go has with Go's own.
func TestPanicTextIsGos(t *testing.T) {
	s := make([]int, 3, 5)
	var (
		five, two, minus = 5, 2, -1
		nine, zero       = 9, 0
		u9               = uint(1 << 63)
		nilMap           map[int]int
		nilPtr           *int
		anyVal           any = "x"
		uncomparable     any = []int{}
		sink             any
	)
	tests := []struct {
		code abi.PanicCode
		a, b uint64
		text string
		f    func()
	}{
		{abi.PanicIndex, 5, 3, "", func() { sink = s[five] }},
		{abi.PanicIndex, ^uint64(0), 3, "", func() { sink = s[minus] }},
		{abi.PanicIndexU, 1 << 63, 3, "", func() { sink = s[u9] }},
		{abi.PanicSliceAlen, 5, 3, "", func() { sink = "abc"[:five] }},
		{abi.PanicSliceAlen, ^uint64(0), 3, "", func() { sink = "abc"[:minus] }},
		{abi.PanicSliceAlenU, 1 << 63, 3, "", func() { sink = "abc"[:u9] }},
		{abi.PanicSliceAcap, 9, 5, "", func() { sink = s[:nine] }},
		{abi.PanicSliceAcap, ^uint64(0), 5, "", func() { sink = s[:minus] }},
		{abi.PanicSliceAcapU, 1 << 63, 5, "", func() { sink = s[:u9] }},
		{abi.PanicSliceB, 5, 2, "", func() { sink = s[five:two] }},
		{abi.PanicSliceB, ^uint64(0), 2, "", func() { sink = s[minus:two] }},
		{abi.PanicSliceBU, 1 << 63, 2, "", func() { sink = s[u9:two] }},
		{abi.PanicSlice3Acap, 9, 5, "", func() { sink = s[0:0:nine] }},
		{abi.PanicSlice3Acap, ^uint64(0), 5, "", func() { sink = s[0:0:minus] }},
		{abi.PanicSlice3AcapU, 1 << 63, 5, "", func() { sink = s[0:0:u9] }},
		{abi.PanicSlice3B, 5, 2, "", func() { sink = s[0:five:two] }},
		{abi.PanicSlice3B, ^uint64(0), 2, "", func() { sink = s[0:minus:two] }},
		{abi.PanicSlice3BU, 1 << 63, 2, "", func() { sink = s[0:u9:two] }},
		{abi.PanicSlice3C, 5, 2, "", func() { sink = s[five:two:five] }},
		{abi.PanicSlice3C, ^uint64(0), 2, "", func() { sink = s[minus:two:five] }},
		{abi.PanicSlice3CU, 1 << 63, 2, "", func() { sink = s[u9:two:five] }},
		{abi.PanicSliceConvert, 3, 4, "", func() { sink = [4]int(s) }},
		{abi.PanicDivide, 0, 0, "", func() { sink = five / zero }},
		{abi.PanicNil, 0, 0, "", func() { sink = *nilPtr }},
		{abi.PanicShift, 0, 0, "", func() { sink = five << minus }},
		{abi.PanicMakeSliceLen, 0, 0, "", func() { sink = make([]int, minus) }},
		{abi.PanicMakeSliceCap, 0, 0, "", func() { sink = make([]int, 0, minus) }},
		{abi.PanicNilMap, 0, 0, "", func() { nilMap[1] = 1 }},
		{abi.PanicTypeAssert, 0, 0, "interface {} is string, not int", func() { sink = anyVal.(int) }},
		{abi.PanicHash, 0, 0, "[]int", func() { sink = map[any]int{uncomparable: 1} }},
		{abi.PanicCompare, 0, 0, "[]int", func() { sink = uncomparable == uncomparable }},
		{abi.PanicString, 0, 0, "boom", func() { panic("boom") }},
		{abi.PanicInt, ^uint64(6), 0, "", func() { panic(-7) }},
		{abi.PanicUint, 7, 0, "", func() { panic(uint(7)) }},
		{abi.PanicBool, 1, 0, "", func() { panic(true) }},
	}
	for _, tt := range tests {
		want := recovered(tt.f)
		if got := PanicText(tt.code, tt.a, tt.b, tt.text); got != want {
			t.Errorf("code %d:\n got %q\nwant %q", tt.code, got, want)
		}
	}
	_ = sink
}

func TestPanicTextOwn(t *testing.T) {
	for _, tt := range []struct {
		code abi.PanicCode
		a, b uint64
		text string
		want string
	}{
		{abi.PanicArena, 100, 64, "", "panic: runtime error: arena exhausted: 100 bytes asked for, the arena has 64"},
		{abi.PanicStack, 0, 0, "", "fatal error: stack overflow"},
		{abi.PanicTimeout, 100, 0, "", "fatal error: time budget of 100ms exceeded"},
		{abi.PanicString, 0, 0, "a\nextension b", "panic: a\n\textension b"},
		{abi.PanicValue, 0, 0, "main.T", "panic: (main.T)"},
		{9999, 1, 2, "x", "panic: code 9999 (1, 2): x"},
	} {
		if got := PanicText(tt.code, tt.a, tt.b, tt.text); got != tt.want {
			t.Errorf("code %d: got %q, want %q", tt.code, got, tt.want)
		}
	}
}

// TestEveryCodeHasText fails when a code is added to the ABI without a text.
func TestEveryCodeHasText(t *testing.T) {
	for c := abi.PanicInvalid + 1; c <= abi.PanicHelper; c++ {
		if s := PanicText(c, 1, 2, "text"); strings.Contains(s, fmt.Sprintf("code %d", c)) {
			t.Errorf("code %d has no text: %q", c, s)
		}
	}
}

func record() *abi.Event {
	ev := &abi.Event{
		Seq: 9, Kind: uint32(abi.EventPanic), Code: uint32(abi.PanicIndex), CPU: 1,
		Context: uint32(abi.ContextSoftirq), Args: [2]uint64{5, 3},
		NumFrames: 2, TotalFrames: 2,
	}
	ev.Frames[0], ev.Frames[1] = 0x30, 0x80
	copy(ev.Ext[:], "xdpcount")
	copy(ev.ProgName[:], "Filter")
	copy(ev.Comm[:], "swapper/1")
	return ev
}

// look knows two addresses; the inner one has an inlined function.
var look = Lookup{
	Frames: func(ext string, off uint64, isReturn bool) []Frame {
		if isReturn {
			off--
		}
		switch {
		case ext == "xdpcount" && off == 0x2f:
			return []Frame{
				{Function: "xdpcount.port", File: "examples/xdpcount/parse.go", Line: 7, Inlined: true, Offset: off},
				{Function: "xdpcount.parse", File: "examples/xdpcount/x.go", Line: 42, Offset: off},
			}
		case ext == "xdpcount" && off == 0x7f:
			return []Frame{{Function: "xdpcount.Filter", File: "examples/xdpcount/x.go", Line: 80, Offset: off}}
		}
		return nil
	},
	Type: func(string, string) string { return "xdp" },
}

func TestReport(t *testing.T) {
	want := `panic: runtime error: index out of range [5] with length 3

extension xdpcount, program Filter (xdp), cpu 1, softirq, pid 0 (swapper/1)
xdpcount.port(...)
	examples/xdpcount/parse.go:7
xdpcount.parse(...)
	examples/xdpcount/x.go:42
xdpcount.Filter(...)
	examples/xdpcount/x.go:80`
	if got := Make(record(), look).String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestTimeoutsFirstFrameIsNoReturnAddress(t *testing.T) {
	ev := record()
	ev.Kind, ev.Code, ev.Args = uint32(abi.EventTimeout), uint32(abi.PanicTimeout), [2]uint64{100, 0}
	ev.Frames[0] = 0x2f
	e := Make(ev, look)
	if e.Kind != Timeout || len(e.Frames) != 3 || e.Frames[1].Line != 42 || e.Frames[2].Line != 80 {
		t.Errorf("got %+v", e)
	}
}

func TestReportWithoutObject(t *testing.T) {
	want := `panic: runtime error: index out of range [5] with length 3

extension xdpcount, program Filter, cpu 1, softirq, pid 0 (swapper/1)
xdpcount.text+0x30(...)
xdpcount.text+0x80(...)`
	if got := Make(record(), Lookup{}).String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestElided(t *testing.T) {
	ev := record()
	ev.Kind, ev.Code = uint32(abi.EventStackOverflow), uint32(abi.PanicStack)
	ev.NumFrames, ev.TotalFrames = abi.MaxFrames, 1000
	for i := range ev.Frames {
		ev.Frames[i] = 0x30
	}
	ev.Frames[abi.MaxFrames-1] = 0x80
	s := Make(ev, look).String()
	head, tail, ok := strings.Cut(s, "\n...976 frames elided...\n")
	if !ok {
		t.Fatalf("no elision:\n%s", s)
	}
	if n := strings.Count(head, "xdpcount.parse("); n != abi.MaxFrames-abi.MaxOuterFrames {
		t.Errorf("%d frames before the gap", n)
	}
	if n := strings.Count(tail, "xdpcount.parse("); n != abi.MaxOuterFrames-1 || !strings.HasSuffix(tail, "x.go:80") {
		t.Errorf("after the gap:\n%s", tail)
	}
	if !strings.HasPrefix(s, "fatal error: stack overflow\n\n") {
		t.Errorf("message: %s", s)
	}
}

func TestLogAndLost(t *testing.T) {
	ev := record()
	ev.Kind = uint32(abi.EventLog)
	ev.MessageLen = uint32(copy(ev.Message[:], "hello"))
	if got := Make(ev, look).String(); got != "xdpcount.Filter: hello" {
		t.Errorf("log: %q", got)
	}
	if got := Make(&abi.Event{Kind: uint32(abi.EventLost), Args: [2]uint64{12, 0}}, look).String(); got != "rex: 12 events lost" {
		t.Errorf("lost: %q", got)
	}
	if e := Make(&abi.Event{Kind: 99}, look); e.Kind != Unknown {
		t.Errorf("unknown: %+v", e)
	}
}

func TestJSON(t *testing.T) {
	line := Make(record(), look).JSON()
	if strings.ContainsRune(string(line), '\n') {
		t.Error("more than one line")
	}
	var got map[string]any
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	frame := got["frames"].([]any)[0].(map[string]any)
	if got["kind"] != "panic" || got["extension"] != "xdpcount" || frame["file"] != "examples/xdpcount/parse.go" || frame["line"] != 7.0 || frame["inlined"] != true {
		t.Errorf("got %s", line)
	}
}

func FuzzMake(f *testing.F) {
	f.Add(uint32(1), uint32(1), uint32(2), uint32(2), uint64(5), uint64(3), []byte("x"))
	f.Add(uint32(3), uint32(24), uint32(99), uint32(7), ^uint64(0), uint64(0), []byte("\xff\xfe\n"))
	f.Fuzz(func(t *testing.T, kind, code, n, total uint32, a, b uint64, msg []byte) {
		ev := &abi.Event{Kind: kind, Code: code, NumFrames: n, TotalFrames: total, Args: [2]uint64{a, b}, MessageLen: uint32(len(msg))}
		copy(ev.Message[:], msg)
		e := Make(ev, look)
		if e.String() == "" {
			t.Error("empty report")
		}
		if !json.Valid(e.JSON()) {
			t.Error("invalid JSON")
		}
	})
}
