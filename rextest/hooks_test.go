// SPDX-License-Identifier: Apache-2.0

package rextest_test

import (
	"encoding/binary"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/tracepoint"
)

func TestRunTC(t *testing.T) {
	in := rextest.SKB{
		Data: []byte("linear"), Paged: []byte("paged"), Mark: 1, Protocol: 0x800, CB: [5]uint32{1, 2, 3, 4, 5},
		Socket: &tc.Socket{Family: 2, RemotePort: 53},
	}
	action, out := rextest.RunTC(t, func(c *tc.Context) tc.Action {
		b := c.Data()
		b[0] = 'L'
		var all [11]byte
		if err := c.LoadBytes(all[:], 0); err != nil || string(all[:]) != "Linearpaged" || c.Len() != 11 {
			t.Errorf("loaded %q, %v, of %d", all, err, c.Len())
		}
		if err := c.LoadBytes(all[:], 1); err != rex.ErrFault || all != [11]byte{} {
			t.Errorf("beyond the end: %q, %v", all, err)
		}
		if s, ok := c.Socket(); !ok || s.RemotePort != 53 {
			t.Errorf("socket %+v, %v", s, ok)
		}
		c.SetMark(c.Mark() + 1)
		c.SetCB(4, c.CB(0))
		c.SetQueueMapping(7)
		c.SetQueueMapping(1<<16 - 1)
		return tc.Shot
	}, in)
	if action != tc.Shot || string(out.Data) != "Linear" || string(in.Data) != "linear" || out.Mark != 2 || out.CB[4] != 1 || out.QueueMapping != 7 {
		t.Errorf("%v, %+v", action, out)
	}
}

func TestRunKprobe(t *testing.T) {
	regs := make([]byte, 168)
	for i := range 21 {
		binary.LittleEndian.PutUint64(regs[8*i:], uint64(i))
	}
	rextest.SetMemory(t, map[uint64][]byte{0x1000: regs}, map[uint64][]byte{0x2000: []byte("/etc/passwd\x00rest")})
	rextest.SetTask(t, rextest.Task{PID: 5, TGID: 4, UID: 3, Comm: "a name longer than 15"})
	rextest.RunKprobe(t, func(c *kprobe.Context) kprobe.Action {
		for i, want := range []uint64{0x1000, 0x2000, 12, 13, 14, 15} {
			if got := c.Arg(i); got != want {
				t.Errorf("argument %d: %#x", i, got)
			}
		}
		// rdi rsi rdx r10 r8 r9 as struct pt_regs has them.
		for i, want := range []uint64{14, 13, 12, 7, 9, 8} {
			if got, ok := c.SyscallArg(i); got != want || !ok {
				t.Errorf("system call's argument %d: %d, %v", i, got, ok)
			}
		}
		var buf [8]byte
		if s, err := rex.ReadUserString(buf[:], c.Arg(1)+5); err != nil || string(s) != "passwd" {
			t.Errorf("%q, %v", s, err)
		}
		if s, err := rex.ReadUserString(buf[:], c.Arg(1)); err != nil || string(s) != "/etc/pas" {
			t.Errorf("%q, %v", s, err)
		}
		var v struct{ A, B uint32 }
		if err := rex.ReadKernel(&v, 0x1008); err != nil || v.A != 1 || v.B != 0 {
			t.Errorf("%+v, %v", v, err)
		}
		if err := rex.ReadUser(&v, 0x1008); err != rex.ErrFault || v.A != 0 {
			t.Errorf("%+v, %v", v, err)
		}
		if comm := rex.Comm(); rex.PID() != 5 || rex.TGID() != 4 || rex.UID() != 3 || string(comm[:]) != "a name longer t\x00" {
			t.Errorf("task %d, %d, %d, %q", rex.PID(), rex.TGID(), rex.UID(), comm)
		}
		return kprobe.Continue
	}, rextest.Args(0x1000, 0x2000, 12, 13, 14, 15))
	rextest.RunKretprobe(t, func(c *kprobe.ReturnContext) kprobe.Action {
		if int32(c.Return()) != -2 {
			t.Errorf("returned %d", int32(c.Return()))
		}
		return kprobe.Continue
	}, rex.Registers{RAX: 1<<32 - 2})
	defer func() {
		if recover() == nil {
			t.Error("a seventh argument")
		}
	}()
	rextest.RunKprobe(t, func(c *kprobe.Context) kprobe.Action { return kprobe.Action(c.Arg(6)) }, rex.Registers{})
}

func TestRunSyscall(t *testing.T) {
	deny := func(c *kprobe.Context) kprobe.Action {
		if pid, ok := c.SyscallArg(0); ok && pid == 4242 {
			if err := c.OverrideReturn(^uint64(0)); err != nil {
				t.Error(err)
			}
			if err := c.OverrideReturn(1); err != rex.ErrNotPermitted {
				t.Errorf("second time: %v", err)
			}
		}
		return kprobe.Continue
	}
	if v, ok := rextest.RunSyscall(t, deny, 4242); !ok || int64(v) != -1 {
		t.Errorf("%d, %v", int64(v), ok)
	}
	if v, ok := rextest.RunSyscall(t, deny, 4243); ok {
		t.Errorf("%d, %v", int64(v), ok)
	}
}

type exec struct {
	Filename tracepoint.DataLoc
	PID      int32
}

func TestRunTracepointAndPerfEvent(t *testing.T) {
	loc := tracepoint.DataLoc(5<<16 | 16)
	action := rextest.RunTracepoint(t, func(c *tracepoint.Context[exec]) tracepoint.Action {
		r := c.Record()
		var buf [3]byte
		if r.PID != 7 || r.Filename.Len() != 5 || string(c.ReadDynamic(buf[:], r.Filename)) != "/bi" {
			t.Errorf("%+v, %q", r, buf)
		}
		var large [8]byte
		if s := c.DynamicString(large[:], r.Filename); string(s) != "/bin" {
			t.Errorf("%q", s)
		}
		if s := c.DynamicString(buf[:], r.Filename); string(s) != "/bi" {
			t.Errorf("%q", s)
		}
		if s := c.DynamicString(nil, r.Filename); len(s) != 0 {
			t.Errorf("%q", s)
		}
		return tracepoint.Discard
	}, exec{loc, 7}, map[tracepoint.DataLoc][]byte{loc: []byte("/bin\x00")})
	if action != tracepoint.Discard {
		t.Errorf("%v", action)
	}
	rextest.RunPerfEvent(t, func(c *perfevent.Context) perfevent.Action {
		if v, err := c.Counter(); err != nil || v.Value != 9 || c.Period() != 4 || c.IP() != 3 || c.Address() != 2 {
			t.Errorf("%+v, %v, %d, %d, %d", v, err, c.Period(), c.IP(), c.Address())
		}
		return perfevent.Keep
	}, rextest.Sample{Registers: rex.Registers{RIP: 3}, Period: 4, Address: 2, Counter: perfevent.Counter{Value: 9}})
}
