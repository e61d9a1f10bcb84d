// SPDX-License-Identifier: Apache-2.0

package hooks_test

import (
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/internal/kernel"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/netlab"
)

// faults are what a program is told to do, with what is reported.
var faults = []struct {
	mode  uint32
	name  string
	kind  any
	first string // of the report
	frame string
}{
	{1, "panic", loader.EventPanic, "panic: runtime error: index out of range [5] with length 3\n", "faults.at"},
	{2, "loop", loader.EventTimeout, "fatal error: time budget of ", "faults.fault"},
	{3, "recursion", loader.EventStackOverflow, "fatal error: stack overflow\n", "faults.recurse"},
}

// hook is one program of the extension faults.
type hook struct {
	prog    string
	index   uint32
	context string
	// trigger makes the program run at least once.
	trigger func(t *testing.T)
	// verdict checks that the run that failed had the default verdict, and
	// the others that of the program; nil where it shows nowhere.
	verdict func(t *testing.T, failed bool)
}

// run lets the program fail in every way and checks what is reported, and that
// it goes on.
func (h hook) run(t *testing.T, ext *loader.Extension) {
	mode, runs := getMap(t, ext, "mode"), getMap(t, ext, "runs")
	count := func() (n uint64) {
		t.Helper()
		if err := runs.Lookup(h.index, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	once := func(failed bool) {
		t.Helper()
		before := count()
		for count() == before {
			h.trigger(t)
		}
		if h.verdict != nil {
			h.verdict(t, failed)
		}
	}
	for _, f := range faults {
		t.Run(h.prog+"/"+f.name, func(t *testing.T) {
			once(false)
			if err := mode.Put(h.index, f.mode); err != nil {
				t.Fatal(err)
			}
			once(true)
			ev := next(t, ext)
			s := ev.String()
			if ev.Kind != f.kind || !strings.HasPrefix(s, f.first) || ev.Program != h.prog || ev.Context != h.context {
				t.Errorf("reported: %s (context %s), want %s in %s", s, ev.Context, f.first, h.context)
			}
			if len(ev.Frames) == 0 {
				t.Fatalf("no frames: %s", s)
			}
			for _, fr := range ev.Frames {
				if fr.File != "test/hooks/testdata/faults/faults.go" || fr.Line == 0 {
					t.Errorf("frame %+v", fr)
				}
			}
			if first, last := ev.Frames[0].Function, ev.Frames[len(ev.Frames)-1].Function; first != f.frame || last != "faults."+h.prog {
				t.Errorf("frames go from %s to %s:\n%s", first, last, s)
			}
			once(false)
		})
	}
}

// next returns the next event; the test's own time limit is the only one.
func next(t *testing.T, ext *loader.Extension) loader.Event {
	t.Helper()
	for ev, err := range ext.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		return ev
	}
	t.Fatal("no event")
	return loader.Event{}
}

// attachFaults loads the extension and attaches the programs named.
func attachFaults(t *testing.T, progs ...string) *loader.Extension {
	t.Helper()
	ext := load(t, "faults")
	only(t, ext)
	for _, p := range progs {
		var err error
		switch p {
		case "Kprobe", "Kretprobe":
			_, err = ext.AttachKprobe(p)
		case "Tracepoint", "Switch":
			_, err = ext.AttachTracepoint(p)
		case "PerfEvent":
			_, err = ext.AttachPerfEvent(p, loader.PerfEventOptions{Period: kit.Apart(t, 1_000_000)})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return ext
}

func callGetpgid(t *testing.T) {
	t.Helper()
	if _, err := getpgid(os.Getpid()); err != nil {
		t.Fatal(err)
	}
}

// finish checks that each fault was counted once.
func finish(t *testing.T, ext *loader.Extension, n uint64) {
	t.Helper()
	st, err := ext.Stats()
	if err != nil || st.Panics != n || st.Timeouts != n || st.StackOverflows != n || st.Stopped {
		t.Errorf("stats: %+v, %v", st, err)
	}
}

func TestVMFaultsProbes(t *testing.T) {
	needVM(t)
	ext := attachFaults(t, "Kprobe", "Kretprobe")
	hook{prog: "Kprobe", index: 3, context: "task", trigger: callGetpgid}.run(t, ext)
	hook{prog: "Kretprobe", index: 4, context: "task", trigger: callGetpgid}.run(t, ext)
	finish(t, ext, 2)
}

// TestVMFaultsTracepoint: a second, plain perf event on the tracepoint counts
// the records that the program's verdict lets through.
func TestVMFaultsTracepoint(t *testing.T) {
	needVM(t)
	ext := attachFaults(t, "Tracepoint")
	id, err := kernel.TraceEventID("syscalls/sys_enter_getpgid")
	if err != nil {
		t.Fatal(err)
	}
	var fds []int
	for cpu := range runtime.NumCPU() {
		fd, err := unix.PerfEventOpen(&unix.PerfEventAttr{Type: unix.PERF_TYPE_TRACEPOINT, Config: id, Size: unix.PERF_ATTR_SIZE_VER5}, -1, cpu, -1, unix.PERF_FLAG_FD_CLOEXEC)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		fds = append(fds, fd)
	}
	last := uint64(0)
	kept := func() uint64 {
		t.Helper()
		n := uint64(0)
		for _, fd := range fds {
			var b [8]byte
			if _, err := unix.Read(fd, b[:]); err != nil {
				t.Fatal(err)
			}
			n += binary.NativeEndian.Uint64(b[:])
		}
		d := n - last
		last = n
		return d
	}
	hook{prog: "Tracepoint", index: 5, context: "task", trigger: callGetpgid, verdict: func(t *testing.T, failed bool) {
		t.Helper()
		if n := kept(); (n == 1) != failed || n > 1 {
			t.Errorf("failed %v: perf counted %d records", failed, n)
		}
	}}.run(t, ext)
	finish(t, ext, 1)
}

// TestVMFaultsInterruptsOff: under the run queue's lock and in the clock's
// interrupt, where the watchdog's tick does not come.
func TestVMFaultsInterruptsOff(t *testing.T) {
	needVM(t)
	ext := attachFaults(t, "Switch", "PerfEvent")
	hook{prog: "Switch", index: 6, context: "task", trigger: func(*testing.T) { unix.Nanosleep(&unix.Timespec{Nsec: 1000}, nil) }}.run(t, ext)
	hook{prog: "PerfEvent", index: 7, context: "hardirq", trigger: func(*testing.T) {
		for i := range 100_000 {
			sink += i
		}
	}}.run(t, ext)
	finish(t, ext, 2)
}

// TestVMFaultsPackets: the packet of a run that fails gets through, others are
// dropped.
func TestVMFaultsPackets(t *testing.T) {
	needVM(t)
	p, iface := lab(t, "rexf", 9)
	ext := attachFaults(t)
	in, err := ext.AttachTC("In", iface.Index, loader.Ingress)
	if err != nil {
		t.Fatal(err)
	}
	here := listen(t, p.LocalIP4, 7009)
	send := func(t *testing.T) {
		t.Helper()
		if err := p.SendUDP(p.LocalIP4, 7009, []byte(payload), 1); err != nil {
			t.Fatal(err)
		}
	}
	hook{prog: "In", index: 1, context: "softirq", trigger: send, verdict: arrives(here)}.run(t, ext)
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ext.AttachXDP("XDP", iface.Index, 0); err != nil {
		t.Fatal(err)
	}
	hook{prog: "XDP", index: 0, context: "softirq", trigger: send, verdict: arrives(here)}.run(t, ext)

	if _, err := ext.AttachTC("Out", iface.Index, loader.Egress); err != nil {
		t.Fatal(err)
	}
	there := remote(t, p, 7009)
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(p.RemoteIP4, 7009)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	hook{prog: "Out", index: 2, context: "task", trigger: func(t *testing.T) {
		t.Helper()
		if _, err := c.Write([]byte(payload)); err != nil {
			t.Fatal(err)
		}
	}, verdict: arrives(there)}.run(t, ext)
	finish(t, ext, 3)
}

// arrives checks that a packet arrives if, and only if, the program failed.
func arrives(r *receiver) func(*testing.T, bool) {
	return func(t *testing.T, failed bool) {
		t.Helper()
		if !failed {
			r.none(t)
			return
		}
		if got := r.next(t); got != payload {
			t.Errorf("received %q", got)
		}
	}
}

func remote(t *testing.T, p *netlab.Pair, port uint16) (r *receiver) {
	t.Helper()
	if err := p.Do(func() error { r = listen(t, p.RemoteIP4, port); return nil }); err != nil {
		t.Fatal(err)
	}
	return r
}
