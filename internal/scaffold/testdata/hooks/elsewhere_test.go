// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

const loopback = 1

// TestSamples: samples, with the packet's bytes, come back from the CPU that wrote
// them, once.
func TestSamples(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	pkt := rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: 53}, rextest.Text("text"))
	for _, cpu := range []uint32{0, 2} {
		if a, _ := (rextest.Frame{Data: pkt, CPU: cpu}).Run(t, Emit); a != xdp.Pass {
			t.Fatal(a)
		}
		got := rextest.PerfSamples(t, events)
		if len(got) != 2 {
			t.Fatalf("cpu %d: %+v", cpu, got)
		}
		for i, s := range got {
			want := Event{uint32(len(pkt)), uint32(i + 1), uint64(10 * (i + 1))}
			if s.CPU != cpu || s.Value != want {
				t.Errorf("sample %d: %+v, want %+v", i, s, want)
			}
		}
		if p := got[1].Packet; len(got[0].Packet) != 0 || len(p) < 32 || len(p) > 39 || !bytes.Equal(p[:32], pkt[:32]) {
			t.Errorf("packets % x, % x", got[0].Packet, p)
		}
	}
}

// TestStacks: a stack that a program has kept can be read until Reset.
func TestStacks(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	const at = 0xffffffff81000010
	if os.Getenv("REX_VM") != "1" {
		rextest.SetStacks(t, []uint64{at, at + 0x100}, nil)
	}
	regs := rextest.Args()
	regs.RIP, regs.CS, regs.RFLAGS = at, 0x10, 2 // as in the kernel
	rextest.RunKprobe(t, Trace, regs)
	if *values.Lookup(1) != 0 {
		t.Fatal(rex.Errno(*values.Lookup(1)))
	}
	id := uint32(*values.Lookup(0))
	stack := rextest.Stack(stacks, id)
	if len(stack) == 0 || !slices.Contains(stack, at) {
		t.Errorf("stack %d: %#x", id, stack)
	}
	got := rextest.PerfSamples(t, events)
	if len(got) != 1 || got[0].Value.N != uint64(id) {
		t.Errorf("%+v", got)
	}
	rextest.Reset(t)
	if a, _ := rextest.RunXDP(t, Emit, make([]byte, 64)); a != xdp.Pass || rextest.Stack(stacks, id) != nil {
		t.Errorf("%v; after Reset there is stack %#x", a, rextest.Stack(stacks, id))
	}
}

// TestTargets: programs find what SetTarget has put in, until Reset.
func TestTargets(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	pkt := make([]byte, 64)
	send := func(kind, key byte) xdp.Action {
		pkt[0], pkt[1] = kind, key
		a, _ := rextest.RunXDP(t, Send, pkt)
		return a
	}
	const dev, hash, cpu, socket, look = 0, 1, 2, 3, 4
	if err := rextest.SetTarget(devs, 4, loopback); err != rex.ErrTooBig {
		t.Errorf("a key too many: %v", err)
	}
	for _, err := range []error{rextest.SetTarget(devs, 2, loopback), rextest.SetTarget(devHash, 77, loopback), rextest.SetTarget(cpus, 1, 64)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		kind, key byte
		want      xdp.Action
	}{
		{dev, 2, xdp.Redirect}, {dev, 1, xdp.Pass}, {hash, 77, xdp.Redirect}, {hash, 2, xdp.Pass},
		{cpu, 1, xdp.Redirect}, {cpu, 0, xdp.Pass}, {socket, 0, xdp.Pass}, {look, 2, xdp.TX}, {look, 1, xdp.Drop},
	} {
		if a := send(c.kind, c.key); a != c.want {
			t.Errorf("map %d, key %d: %v, want %v", c.kind, c.key, a, c.want)
		}
	}
	if *values.Lookup(0) != loopback {
		t.Errorf("interface %d", *values.Lookup(0))
	}
	rextest.Reset(t)
	if a := send(dev, 2); a != xdp.Pass {
		t.Errorf("after Reset: %v", a)
	}
	if a := send(cpu, 1); a != xdp.Pass {
		t.Errorf("after Reset: %v", a)
	}
}

// These cannot run in the kernel.

func TestNoStacks(t *testing.T) {
	rextest.VM(t)
	rextest.SetStacks(t, nil, nil)
}

func TestNoCounter(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	rextest.SetPerfCounter(counters, 0, rex.PerfCounter{Value: 8})
	rextest.RunKprobe(t, Count, rextest.Args())
	if *values.Lookup(0) != 8 {
		t.Error(*values.Lookup(0))
	}
}

func TestNoRedirect(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	if err := rextest.SetTarget(devs, 0, loopback); err != nil {
		t.Fatal(err)
	}
	if a, _ := rextest.RunXDP(t, Send, make([]byte, 64)); a != xdp.Redirect {
		t.Error(a)
	}
	if r := rextest.Redirected(); r.Map != any(devs) {
		t.Error(r)
	}
}

func noTarget(t *testing.T, err error, kind, key byte) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	pkt := make([]byte, 64)
	pkt[0], pkt[1] = kind, key
	if a, _ := rextest.RunXDP(t, Send, pkt); a != xdp.Redirect {
		t.Error(a)
	}
}

func TestNoInterface(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	noTarget(t, rextest.SetTarget(devs, 3, 4242), 0, 3)
}

func TestNoCPU(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	noTarget(t, rextest.SetTarget(cpus, 0, 1<<20), 2, 0)
}

func TestNoSocket(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	noTarget(t, rextest.SetTarget(sockets, 3, 4242), 3, 3)
}
