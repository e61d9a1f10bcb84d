// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

const patience = kit.Patience

func ifindex(t *testing.T, name string) int {
	t.Helper()
	iface, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return iface.Index
}

// TestVMReplacePinned: versions of one extension replace each other, pinned, by
// processes that come and go, while packets and system calls go on: each packet
// is counted by exactly one at each hook, each system call by at least one.
func TestVMReplacePinned(t *testing.T) {
	kit.Need(t)
	a, b := cable(t)
	counts, maps := shared(t)
	obj := kit.Object(t, "stay")
	dir := func(i int) string { return fmt.Sprintf("/sys/fs/bpf/v%d", i%2) }
	version := func(i int) *loader.Extension {
		ext, err := loader.Load(obj, loader.Options{Name: fmt.Sprintf("v%d", i), PinPath: maps})
		if err == nil {
			err = ext.Pin(dir(i))
		}
		if err != nil {
			t.Fatalf("version %d: %+v", i, err)
		}
		return ext
	}
	first := version(0)
	_, err1 := first.AttachXDP("OnXDP", a.Index, 0)
	_, err2 := first.AttachTC("OnTC", a.Index, loader.Ingress)
	_, err3 := first.AttachKprobe("OnCall")
	_, err4 := first.AttachTracepoint("OnEntry")
	if err := errors.Join(err1, err2, err3, err4, first.Close()); err != nil {
		t.Fatal(err)
	}

	done := make(chan struct{})
	var wg sync.WaitGroup
	var sent, called atomic.Uint64
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				// No faster than they arrive, so that no queue overflows.
				send(t, b.Index, 8)
				sent.Add(8)
				call(t, 8)
				called.Add(8)
				for range 200 {
					if counts.get(t, frames)+64 > sent.Load() {
						break
					}
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	const rounds = 8
	for i := 1; i <= rounds && !t.Failed(); i++ {
		old, err := loader.OpenPinned(obj, dir(i-1))
		if err != nil {
			t.Fatalf("round %d: %+v", i, err)
		}
		ext := version(i)
		if err := ext.Replace(old); err != nil {
			t.Errorf("round %d: %+v", i, err)
		}
		if got := len(ext.Links()); got != 4 || len(old.Links()) != 0 {
			t.Errorf("round %d: %d links of the new one, %d of the old", i, got, len(old.Links()))
		}
		if err := errors.Join(old.Unpin(), old.Close(), ext.Close()); err != nil {
			t.Errorf("round %d: %+v", i, err)
		}
	}
	close(done)
	wg.Wait()
	for _, i := range []uint32{packets, frames} {
		eventually(t, "all counted", func() bool { return counts.get(t, i) >= sent.Load() })
		if got := counts.get(t, i); got != sent.Load() {
			t.Errorf("count %d is %d of %d packets", i, got, sent.Load())
		}
	}
	for _, i := range []uint32{calls, entries} {
		if got := counts.get(t, i); got < called.Load() {
			t.Errorf("count %d is %d of %d system calls", i, got, called.Load())
		}
	}
	if sent.Load() == 0 {
		t.Error("no packet was sent")
	}
	t.Logf("%d packets, %d system calls over %d replacements", sent.Load(), called.Load(), rounds)

	// And by the command, which finds the old one by its name.
	rex(t, "load", "-name", "last", "-replace", fmt.Sprintf("v%d", rounds), "-replace-pin", dir(rounds), kit.ObjectPath(t, "stay"))
	t.Cleanup(func() { os.Remove(loader.PinRoot) })
	if all, err := loader.List(); err != nil || len(all) != 1 || all[0].Name != "last" {
		t.Errorf("loaded: %+v, %v", all, err)
	}
	last := pinned(t, "stay", loader.PinRoot+"/last")
	if got := len(last.Links()); got != 4 {
		t.Errorf("%d links", got)
	}
	if err := last.Unpin(); err != nil {
		t.Error(err)
	}
}

// TestVMReplaceErrors: what cannot be replaced stays as it is.
func TestVMReplaceErrors(t *testing.T) {
	kit.Need(t)
	a, b := cable(t)
	counts, maps := shared(t)
	old := kit.Load(t, "stay", loader.Options{Name: "old", PinPath: maps})
	next := kit.Load(t, "stay", loader.Options{Name: "next", PinPath: maps})
	other := kit.Load(t, "hello", loader.Options{})
	if _, err := old.AttachXDP("OnXDP", a.Index, 0); err != nil {
		t.Fatal(err)
	}
	still := func(want string, links int) {
		t.Helper()
		was := counts.get(t, packets)
		send(t, b.Index, 5)
		eventually(t, "counted", func() bool { return counts.get(t, packets) == was+5 })
		if got := len(old.Links()); got != links {
			t.Errorf("%s: %d links", want, got)
		}
	}
	if err := other.Replace(old); !errors.Is(err, loader.ErrNoProgram) {
		t.Errorf("by one without the program: %v", err)
	}
	still("no such program", 1)
	if _, err := old.AttachPerfEvent("OnTick", loader.PerfEventOptions{}); err != nil {
		t.Fatal(err)
	}
	n := len(old.Links())
	if err := next.Replace(old); !errors.Is(err, loader.ErrProgramType) {
		t.Errorf("with a perf event: %v", err)
	}
	still("perf event", n)
	if err := old.Pin("/sys/fs/bpf/old"); err != nil {
		t.Fatal(err)
	}
	if err := next.Replace(old); !errors.Is(err, loader.ErrNotPinned) {
		t.Errorf("a pinned one by one that is not: %v", err)
	}
	still("pinned", n)
	if err := old.Unpin(); err != nil {
		t.Error(err)
	}
	if err := next.Close(); err != nil {
		t.Error(err)
	}
	if err := next.Replace(old); !errors.Is(err, loader.ErrClosed) {
		t.Errorf("by one that is closed: %v", err)
	}
	still("closed", n)
}
