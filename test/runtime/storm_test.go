// SPDX-License-Identifier: Apache-2.0

package runtime_test

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
)

// traffic sends packets from every CPU until stop is called, which returns how
// many there were. Each sender pauses after some packets, and waits for the
// interface, so that no queue overflows and others get their turn.
func traffic(t *testing.T, ifindex int, arrived func() uint64) (stop func() uint64) {
	t.Helper()
	var sent atomic.Uint64
	var wg sync.WaitGroup
	done := make(chan struct{})
	for cpu := range runtime.NumCPU() {
		wg.Go(func() {
			runtime.LockOSThread()
			var set unix.CPUSet
			set.Set(cpu)
			if err := unix.SchedSetaffinity(0, &set); err != nil {
				t.Error(err)
				return
			}
			fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Error(err)
				return
			}
			defer unix.Close(fd)
			for {
				for range 16 {
					if err := unix.Sendto(fd, packet, 0, &unix.SockaddrLinklayer{Ifindex: ifindex}); err != nil {
						t.Errorf("send: %v", err)
						return
					}
					sent.Add(1)
				}
				for range 100 {
					time.Sleep(time.Millisecond)
					if arrived()+32 > sent.Load() {
						break
					}
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	return func() uint64 {
		close(done)
		wg.Wait()
		return sent.Load()
	}
}

// TestVMReplaceUnderTraffic: two extensions take turns at one hook while every
// CPU sends packets; the one that was replaced is unloaded at once. Every packet
// is seen by one of the two. Another program comes and goes beside.
func TestVMReplaceUnderTraffic(t *testing.T) {
	needVM(t)
	a, b := veth(t)
	seen, err := ebpf.NewMap(&ebpf.MapSpec{Name: "seen", Type: ebpf.PerCPUArray, KeySize: 4, ValueSize: 8, MaxEntries: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer seen.Close()
	count := func() (n uint64) {
		var all []uint64
		if err := seen.Lookup(uint32(0), &all); err != nil {
			t.Error(err)
		}
		for _, c := range all {
			n += c
		}
		return n
	}
	objs := []*loader.Object{object(t, "first"), object(t, "second")}
	next := func(i int) (*loader.Extension, *ebpf.Program) {
		ext, err := loader.Load(objs[i%2], loader.Options{MapReplacements: map[string]*ebpf.Map{"seen": seen}})
		if err != nil {
			t.Fatalf("round %d: %+v", i, err)
		}
		prog, err := ext.Program("Count")
		if err != nil {
			t.Fatal(err)
		}
		return ext, prog
	}

	old, prog := next(0)
	hook, err := link.AttachXDP(link.XDPOptions{Program: prog, Interface: a.Index})
	if err != nil {
		t.Fatal(err)
	}
	var beside link.Link
	stop := traffic(t, b.Index, count)
	n, start := rounds(t, 15), time.Now()
	for i := 1; i <= n && !t.Failed(); i++ {
		ext, prog := next(i)
		if err := hook.Update(prog); err != nil {
			t.Errorf("round %d: replace: %v", i, err)
		}
		if beside != nil {
			if err := beside.Close(); err != nil {
				t.Errorf("round %d: detach beside: %v", i, err)
			}
		}
		if beside, err = ext.AttachXDP("Other", b.Index, 0); err != nil {
			t.Errorf("round %d: attach beside: %v", i, err)
		}
		if err := old.Close(); err != nil {
			t.Errorf("round %d: unload what was replaced: %+v", i, err)
		}
		old = ext
	}
	took := time.Since(start)
	sent := stop()
	for range 100 {
		if count() == sent {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := count(); got != sent || sent == 0 {
		t.Errorf("%d packets seen, %d sent", got, sent)
	}
	t.Logf("%d replacements in %v, %d packets", n, took, sent)
	if err := hook.Close(); err != nil {
		t.Error(err)
	}
	if err := old.Close(); err != nil {
		t.Errorf("%+v", err)
	}
}

// TestVMKilledLoader: a process that loads, attaches and is killed at any
// moment leaves nothing attached. The extension itself may stay; it can be
// unloaded by its name.
func TestVMKilledLoader(t *testing.T) {
	needVM(t)
	a, _ := veth(t)
	before := snapshot(t)
	n := max(rounds(t, 8)/20, 8) // each takes seconds
	for i := range n {
		cmd := exec.Command(os.Getenv("REX_BIN"), "run", "-iface", a.Name, objectPath(t, "first"))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// From its first instruction to well after it has attached.
		time.Sleep(time.Duration(i+1) * 3 * time.Second / time.Duration(n))
		cmd.Process.Kill()
		cmd.Wait()
		for range 200 {
			if links, progs := held(t); links+progs == 0 {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if links, progs := held(t); links+progs != 0 {
			t.Fatalf("round %d: %d links and %d programs are left", i, links, progs)
		}
		if _, err := loader.Stat("first"); err == nil {
			if err := loader.Unload(context.Background(), "first"); err != nil {
				t.Fatalf("round %d: %+v", i, err)
			}
		}
		settle(t, before)
	}
}

// held counts BPF links and programs.
func held(t *testing.T) (links, progs int) {
	t.Helper()
	var it link.Iterator
	for it.Next() {
		links++
	}
	for id, err := ebpf.ProgramGetNextID(0); err == nil; id, err = ebpf.ProgramGetNextID(id) {
		progs++
	}
	return links, progs
}

// TestVMRemoveRex: after all kinds of ends, rex.ko can be removed, with no
// memory and no timer left, and inserted again.
func TestVMRemoveRex(t *testing.T) {
	needVM(t)
	ko := os.Getenv("REX_KO")
	if ko == "" {
		t.Fatal("REX_KO is not set (rex vm sets it)")
	}
	for range 3 {
		ext, err := loader.Load(object(t, "unrest"), loader.Options{})
		if err != nil {
			t.Fatalf("%+v", err)
		}
		for _, p := range []string{"Work", "Panic", "Loop", "Talk"} {
			if _, err := ext.TestRun(p, packet); err != nil {
				t.Error(err)
			}
		}
		if mentions(t, "/proc/vmallocinfo") == 0 || mentions(t, "/proc/timer_list") == 0 {
			t.Error("no memory or no timer is rex.ko's: the test looks in the wrong place")
		}
		if err := ext.Close(); err != nil {
			t.Fatalf("%+v", err)
		}
		command(t, "rmmod", "rex")
		for _, file := range []string{"/proc/vmallocinfo", "/proc/timer_list"} {
			if n := mentions(t, file); n != 0 {
				t.Errorf("rex.ko is gone, but %s has %d of its", file, n)
			}
		}
		command(t, "insmod", ko)
	}
}

// mentions counts what a file says is of a function of rex.ko.
func mentions(t *testing.T, file string) int {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(b), "[rex]")
}
