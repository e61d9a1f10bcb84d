// SPDX-License-Identifier: Apache-2.0

package runtime_test

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// endless is one shape of code that does not end, and where it is found.
type endless struct {
	ext   string
	shape uint32
	name  string
	frame string // one of the trace
}

var shapes = []endless{
	{"endless", 1, "leaf", "endless.run"},
	{"endless", 2, "mutual recursion", "endless.even"},
	{"endless", 3, "inlined", "endless.run"},
	{"endless", 4, "standard library", "sort."},
	{"endless", 5, "helpers in a loop", "endless.run"},
	{"endless", 6, "iterator", "endless.run"},
	{"straight", 1, "helpers in line", "straight.read1"},
	{"straight", 2, "memory in line", "straight.copy1"},
}

// place is a context in which programs run.
type place struct {
	prog    string
	context string
	// message is what ends the program.
	message string
	// limit is how long it may run, by the clock of the programs.
	limit time.Duration
	// only says for which extension the place is; empty: for all.
	only string
	// trigger makes the program run.
	trigger func(t testing.TB, ext *loader.Extension)
}

const (
	slack      = 10 * time.Millisecond
	timeUp     = "time budget of 20ms exceeded"
	budget     = 20 * time.Millisecond
	lockBudget = 8 * time.Millisecond
)

// places needs the interfaces to send packets through.
func places(a, b *net.Interface) []place {
	send := func(t testing.TB) {
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		if err := unix.Sendto(fd, packet, 0, &unix.SockaddrLinklayer{Ifindex: b.Index}); err != nil {
			t.Fatal(err)
		}
	}
	testRun := func(prog string) func(testing.TB, *loader.Extension) {
		return func(t testing.TB, ext *loader.Extension) {
			res, err := ext.TestRun(prog, packet)
			if err != nil || res.Verdict != pass {
				t.Errorf("%s: verdict %d, %v", prog, res.Verdict, err)
			}
		}
	}
	return []place{
		{"XDP", "task", timeUp, budget, "", testRun("XDP")},
		{"Short", "task", "time budget of 1ms exceeded", time.Millisecond, "endless", testRun("Short")},
		{"Locked", "task", "lock: held for more than 8ms", lockBudget, "", testRun("Locked")},
		{"XDP", "softirq", timeUp, budget, "", func(t testing.TB, ext *loader.Extension) {
			attached(t)(ext.AttachXDP("XDP", a.Index, 0))
			send(t)
		}},
		{"TC", "softirq", timeUp, budget, "endless", func(t testing.TB, ext *loader.Extension) {
			attached(t)(ext.AttachTC("TC", a.Index, loader.Ingress))
			send(t)
		}},
		{"Kprobe", "task", timeUp, budget, "endless", func(t testing.TB, ext *loader.Extension) {
			m, err := ext.Map("only")
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Put(uint32(0), uint32(os.Getpid())); err != nil {
				t.Fatal(err)
			}
			attached(t)(ext.AttachKprobe("Kprobe"))
			unix.Getpgid(0)
		}},
		{"Switch", "task", timeUp, budget, "endless", func(t testing.TB, ext *loader.Extension) {
			attached(t)(ext.AttachTracepoint("Switch"))
			unix.Nanosleep(&unix.Timespec{Nsec: 1000}, nil)
		}},
		{"Interrupt", "hardirq", timeUp, budget, "", func(t testing.TB, ext *loader.Extension) {
			links, err := ext.AttachPerfEvent("Interrupt", loader.PerfEventOptions{Period: kit.Apart(t, 1_000_000)})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range links {
				defer l.Close()
			}
			for next := time.Now().Add(20 * time.Millisecond); time.Now().Before(next); {
			}
		}},
	}
}

// attached closes the link when the test is over.
func attached(t testing.TB) func(l interface{ Close() error }, err error) {
	return func(l interface{ Close() error }, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
	}
}

// end runs a shape in a place and returns how long it lasted.
func (p place) end(t testing.TB, ext *loader.Extension, s endless) time.Duration {
	t.Helper()
	shape, err := ext.Map("shape")
	if err != nil {
		t.Fatal(err)
	}
	began, err := ext.Map("began")
	if err != nil {
		t.Fatal(err)
	}
	if err := shape.Put(uint32(0), s.shape); err != nil {
		t.Fatal(err)
	}
	p.trigger(t, ext)
	for ev, err := range ext.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if ev.Program != p.prog || ev.Context != p.context || !strings.Contains(ev.Message, p.message) {
			t.Errorf("reported by %s in %s: %s", ev.Program, ev.Context, ev)
		}
		found := false
		for _, f := range ev.Frames {
			found = found || strings.HasPrefix(f.Function, s.frame)
		}
		if !found {
			t.Errorf("not in %s: %s", s.frame, ev)
		}
		var start uint64
		if err := began.Lookup(uint32(0), &start); err != nil {
			t.Fatal(err)
		}
		return ev.Time - time.Duration(start)
	}
	t.Fatal("no event")
	return 0
}

// everywhere runs every shape in every place.
func everywhere(t testing.TB, run func(name string, f func(t testing.TB)), check func(t testing.TB, p place, took time.Duration)) {
	a, b := veth(t)
	for _, name := range []string{"endless", "straight"} {
		ext := load(t, name)
		n := 0
		for _, p := range places(a, b) {
			if p.only != "" && p.only != name {
				continue
			}
			for _, s := range shapes {
				if s.ext != name {
					continue
				}
				n++
				run(p.prog+"/"+p.context+"/"+s.name, func(t testing.TB) { check(t, p, p.end(t, ext, s)) })
			}
		}
		st, err := ext.Stats()
		if err != nil || st.Panics+st.Timeouts != uint64(n) || st.StackOverflows != 0 || st.Stopped {
			t.Errorf("%s: %+v, %v", name, st, err)
		}
	}
}

// TestVMTermination: programs whose time is never enough end in every context
// and in code of every shape. How fast is what BenchmarkVMTermination checks:
// here the machine may be busy.
func TestVMTermination(t *testing.T) {
	needVM(t)
	everywhere(t, func(name string, f func(testing.TB)) {
		t.Run(name, func(t *testing.T) { f(t) })
	}, func(t testing.TB, p place, took time.Duration) { t.Logf("after %v", took) })
}

// BenchmarkVMTermination: where an instruction is a nanosecond, they end at
// most 10 ms after their time is up.
func BenchmarkVMTermination(b *testing.B) {
	needVM(b)
	var worst time.Duration
	everywhere(b, func(name string, f func(testing.TB)) {
		b.Run(name, func(b *testing.B) { f(b) })
	}, func(t testing.TB, p place, took time.Duration) {
		worst = max(worst, took-p.limit)
		if took > p.limit+slack {
			t.Errorf("ended after %v, with a budget of %v", took, p.limit)
		}
		b := t.(*testing.B)
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64((took - p.limit).Microseconds()), "us-late")
	})
	b.Logf("at most %v late", worst)
}
