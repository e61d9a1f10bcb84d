// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"bytes"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/tracepoint"
	"github.com/rex-go/rex/xdp"
)

func TestTC(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	logs := rextest.CaptureLogs(t)
	pkt := rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: 53}, rextest.Text("text"))
	a, out := rextest.RunTC(t, Mark, rextest.SKB{Data: pkt, Mark: 41, CB: [5]uint32{5}, Tstamp: 1000})
	if a != tc.Redirect || out.Mark != 42 || out.Priority != 6 || out.CB != [5]uint32{5, 0, 0, 0, 5} || out.Tstamp != 1001 {
		t.Errorf("%v, %+v", a, out)
	}
	if want := append(append([]byte{0xee}, pkt[1:]...), make([]byte, 10)...); !bytes.Equal(out.Data, want) {
		t.Errorf("packet % x, want % x", out.Data, want)
	}
	if r := logs.Records(); len(r) != 1 || r[0].Msg != "packet len=46 mark=41 protocol=2048" {
		t.Errorf("logged %v", r)
	}
	pkt[14] = 0xff
	defer func() {
		if v := recover(); v == nil || v.(error).Error() != "runtime error: index out of range [46] with length 46" {
			t.Errorf("panic %v", v)
		}
	}()
	rextest.RunTC(t, Mark, rextest.SKB{Data: pkt})
}

func TestXDP(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	pkt := rextest.Packet(rextest.Ethernet{}, rextest.ARP{})
	a, out := rextest.Frame{Data: pkt, Meta: []byte{9, 8, 7, 6}}.Run(t, Move)
	if a != xdp.TX || !bytes.Equal(out, pkt[2:]) || *values.Lookup(0) != 9<<8|8 {
		t.Errorf("%v, % x, %#x", a, out, *values.Lookup(0))
	}
}

func TestKprobe(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	regs := rextest.Args(1, 2, 3, 4, 5, 1<<63)
	regs.RIP = 0x1234
	if a := rextest.RunKprobe(t, Enter, regs); a != kprobe.Continue {
		t.Errorf("%v", a)
	}
	for i, want := range []uint64{1, 2, 3, 4, 5, 1 << 63, 0x1234} {
		if got := *values.Lookup(uint32(i)); got != want {
			t.Errorf("value %d: %#x, want %#x", i, got, want)
		}
	}
	rextest.RunKretprobe(t, Leave, rex.Registers{RAX: 77})
	if got := *values.Lookup(0); got != 77 {
		t.Errorf("returned %d", got)
	}
}

func TestSyscall(t *testing.T) {
	rextest.VM(t)
	if v, ok := rextest.RunSyscall(t, Deny, 4242); !ok || int64(v) != -1 {
		t.Errorf("%d, %v", int64(v), ok)
	}
	if v, ok := rextest.RunSyscall(t, Deny, 4243); ok {
		t.Errorf("%d, %v", int64(v), ok)
	}
}

func TestTracepoint(t *testing.T) {
	rextest.VM(t)
	for name, want := range map[string]tracepoint.Action{"/bin/sh\x00": tracepoint.Discard, "/bin/ls\x00": tracepoint.Keep} {
		loc := tracepoint.DataLoc(uint32(len(name))<<16 | 20)
		got := rextest.RunTracepoint(t, Exec, Record{Filename: loc, PID: 7, OldPID: -8}, map[tracepoint.DataLoc][]byte{loc: []byte(name)})
		if got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestPerfEvent(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	a := rextest.RunPerfEvent(t, Sample, rextest.Sample{Registers: rex.Registers{RIP: 3}, Period: 4, Address: 5})
	if a != perfevent.Discard || *values.Lookup(0) != 4 || *values.Lookup(1) != 5 || *values.Lookup(2) != 3 {
		t.Errorf("%v, %d, %d, %d", a, *values.Lookup(0), *values.Lookup(1), *values.Lookup(2))
	}
	var n uint64
	for _, v := range rextest.Values(samples, uint32(0)) {
		n += v
	}
	if n != 1 {
		t.Errorf("%d samples", n)
	}
}

func TestMaps(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	for _, v := range []uint32{1, 2, 3} {
		if queue.Push(v) != nil || stack.Push(v) != nil {
			t.Fatal("push")
		}
	}
	p := rex.Prefix[[4]byte]{Bits: 12, Addr: [4]byte{10, 0x0f, 0xff}}
	if trie.Update(p, 8) != nil || bloom.Add(77) != nil || lru.Update(1, 5) != nil {
		t.Fatal("update")
	}
	for round, want := range [][4]uint64{{1, 3, 8, 1}, {2, 30, 99, 1}} {
		rextest.RunKprobe(t, Maps, rextest.Args())
		for i, w := range want {
			if got := *values.Lookup(uint32(i)); got != w {
				t.Errorf("round %d, value %d: %d, want %d", round, i, got, w)
			}
		}
	}
	var left []uint32
	for v, ok := queue.Pop(); ok; v, ok = queue.Pop() {
		left = append(left, v)
	}
	for v, ok := stack.Pop(); ok; v, ok = stack.Pop() {
		left = append(left, v)
	}
	want := []uint32{3, 10, 20, 300, 2, 1}
	for i, v := range want {
		if i >= len(left) || left[i] != v {
			t.Errorf("left %v, want %v", left, want)
			break
		}
	}
	if q := lru.Lookup(2); q == nil || *q != 6 {
		t.Errorf("LRU hash: %v", q)
	}
	if r := rextest.Records(ring); len(r) != 2 || string(r[1]) != "a record" {
		t.Errorf("records %q", r)
	}
}

// TestSimulated cannot run in the kernel.
func TestSimulated(t *testing.T) {
	rextest.VM(t)
	rextest.SetTask(t, rextest.Task{PID: 7})
}
