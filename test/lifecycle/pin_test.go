// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// TestVMPin: one process loads, others attach, this one reads its maps, its
// state and its events, another detaches and unloads. Between them none holds
// anything, and every kind of hook goes on counting.
func TestVMPin(t *testing.T) {
	kit.Need(t)
	a, b := cable(t)
	obj := kit.ObjectPath(t, "stay")
	dir := filepath.Join(loader.PinRoot, "stay")
	t.Cleanup(func() { os.Remove(loader.PinRoot) })

	rexFails(t, "not pinned", "attach", "-iface", a.Name, "-prog", "OnXDP", obj)
	rex(t, "load", obj)
	rexFails(t, "already loaded", "load", obj)
	if st, err := loader.Stat("stay"); err != nil || st.Invocations != 0 {
		t.Fatalf("loaded: %+v, %v", st, err)
	}
	rex(t, "attach", "-iface", a.Name, "-prog", "OnXDP", obj)
	rex(t, "attach", "-iface", a.Name, "-prog", "OnTC", obj)
	for _, p := range []string{"OnCall", "OnEntry", "OnTick"} {
		rex(t, "attach", "-prog", p, obj)
	}
	rexFails(t, "hook already taken", "attach", "-iface", a.Name, "-prog", "Fail", obj)

	ext := pinned(t, "stay", dir)
	counts := counters{counts: kit.Map(t, ext, "counts"), only: kit.Map(t, ext, "only")}
	if err := counts.only.Put(uint32(0), uint32(os.Getpid())); err != nil {
		t.Fatal(err)
	}
	const n = 100
	send(t, b.Index, n)
	call(t, n)
	for _, i := range []uint32{packets, frames, calls, entries} {
		eventually(t, "all counted", func() bool { return counts.get(t, i) >= n })
		if got := counts.get(t, i); got != n {
			t.Errorf("count %d is %d, want %d", i, got, n)
		}
	}
	counts.moreThan(t, ticks, counts.get(t, ticks))

	// Another process's extension can be stopped and resumed, and its panics
	// have file and line.
	if st, err := loader.Stop("stay"); err != nil || !st.Stopped {
		t.Errorf("stop: %+v, %v", st, err)
	}
	call(t, n)
	if got := counts.get(t, calls); got != n {
		t.Errorf("%d calls counted by a stopped extension", got-n)
	}
	if err := ext.Resume(); err != nil {
		t.Error(err)
	}
	if _, err := ext.TestRun("Fail", append([]byte{1}, make([]byte, 63)...)); err != nil {
		t.Error(err)
	}
	for ev, err := range ext.Events(t.Context()) {
		if err != nil || ev.Kind != loader.EventPanic || len(ev.Frames) == 0 || !strings.HasSuffix(ev.Frames[0].File, "stay/stay.go") {
			t.Errorf("event: %v, %v", ev, err)
		}
		break
	}

	// What this process attaches stays too.
	if l, err := ext.AttachXDP("Fail", b.Index, 0); err != nil {
		t.Error(err)
	} else if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := ext.Close(); err != nil {
		t.Error(err)
	}
	again := pinned(t, "stay", dir)
	if got := len(again.Links()); got < 6 { // OnTick has one for each CPU
		t.Errorf("%d links", got)
	}
	counts = counters{counts: kit.Map(t, again, "counts")}
	counts.moreThan(t, ticks, counts.get(t, ticks))

	out := rex(t, "detach", "stay")
	if !strings.Contains(out, "links of stay") {
		t.Errorf("rex detach said %q", out)
	}
	// This process has the links too, until it closes them.
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	if links, err := os.ReadDir(filepath.Join(dir, "links")); err != nil || len(links) != 0 {
		t.Errorf("after rex detach: %v, %v", links, err)
	}
	last := pinned(t, "stay", dir)
	counts = counters{counts: kit.Map(t, last, "counts")}
	was := counts.get(t, calls)
	call(t, n)
	if got := counts.get(t, calls); got != was {
		t.Errorf("%d calls counted by a detached extension", got-was)
	}
	rexFails(t, "still in use", "unload", "-wait", "100ms", "stay") // by last
	if err := last.Close(); err != nil {
		t.Error(err)
	}
	rex(t, "unload", "stay")
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", dir, err)
	}
	rexFails(t, "no such extension", "unload", "stay")
}

// TestVMPinErrors: what is not a pinned extension is left alone, and a failure
// leaves nothing pinned.
func TestVMPinErrors(t *testing.T) {
	kit.Need(t)
	ext := kit.Load(t, "stay", loader.Options{})
	dir := "/sys/fs/bpf/errors"
	other := t.TempDir()
	for _, path := range []string{filepath.Join(other, "new"), filepath.Join(other, "a", "b")} {
		if err := ext.Pin(path); !errors.Is(err, loader.ErrNoBPFFS) {
			t.Errorf("pin to %s: %v", path, err)
		}
	}
	if left, err := os.ReadDir(other); err != nil || len(left) != 0 {
		t.Errorf("pinning to another file system left %v, %v", left, err)
	}
	if err := ext.Unpin(); !errors.Is(err, loader.ErrNotPinned) {
		t.Errorf("unpin: %v", err)
	}
	if err := ext.Pin(dir); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, dir + "2"} {
		if err := ext.Pin(path); !errors.Is(err, loader.ErrPinned) {
			t.Errorf("pin to %s: %v", path, err)
		}
	}
	second := kit.Load(t, "stay", loader.Options{Name: "second"})
	if err := second.Pin(dir); !errors.Is(err, loader.ErrPinned) {
		t.Errorf("pin two: %v", err)
	}
	if _, err := loader.OpenPinned(kit.Object(t, "hello"), dir); !errors.Is(err, loader.ErrOtherObject) {
		t.Errorf("another object: %v", err)
	}
	if _, err := loader.OpenPinned(kit.Object(t, "stay"), dir+"2"); !errors.Is(err, loader.ErrNotPinned) {
		t.Errorf("nothing there: %v", err)
	}
	if err := ext.Unpin(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", dir, err)
	}

	// Files that only look like a pinned extension.
	fake := filepath.Join(other, "fake")
	precious := filepath.Join(fake, "links", "precious")
	if err := os.MkdirAll(filepath.Dir(precious), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(precious, nil, 0o600), os.Symlink("stay", filepath.Join(fake, "extension"))); err != nil {
		t.Fatal(err)
	}
	if _, err := loader.Unpin(fake); !errors.Is(err, loader.ErrNoBPFFS) {
		t.Errorf("unpin ordinary files: %v", err)
	}
	if _, err := loader.Detach(fake); !errors.Is(err, loader.ErrNoBPFFS) {
		t.Errorf("detach ordinary files: %v", err)
	}
	if _, err := os.Stat(precious); err != nil {
		t.Errorf("an ordinary file was removed: %v", err)
	}
	if _, err := loader.Unpin(filepath.Join(other, "nothing")); !errors.Is(err, loader.ErrNotPinned) {
		t.Errorf("unpin nothing: %v", err)
	}
}

// TestVMKilledWhilePinned: a process that is killed takes what is not pinned with
// it, and leaves what is.
func TestVMKilledWhilePinned(t *testing.T) {
	kit.Need(t)
	a, b := cable(t)
	counts, maps := shared(t)
	const dir = "/sys/fs/bpf/killed"
	cmd := exec.Command(os.Args[0], "-test.run=^TestVMHolder$", "-test.v")
	cmd.Env = append(os.Environ(), envHolder+"="+strings.Join([]string{dir, maps, a.Name, b.Name}, " "))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if !t.Failed() {
			return
		}
		// So that what comes after does not fail for it.
		loader.Unpin(dir)
		for _, name := range []string{"immortal", "mortal"} {
			loader.Unload(context.Background(), name)
		}
	})
	for buf, said := make([]byte, 1024), ""; !strings.Contains(said, "ready\n"); {
		n, err := out.Read(buf)
		if err != nil {
			t.Fatalf("%v after %q", err, said)
		}
		said += string(buf[:n])
	}
	// Both instances count what arrives at a and b.
	send(t, b.Index, 10)
	send(t, a.Index, 10)
	eventually(t, "both count", func() bool { return counts.get(t, packets) == 20 })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	// The one that was not pinned is attached no more once its descriptors are
	// closed; what is left of it can be unloaded by name.
	if err := loader.Unload(t.Context(), "mortal"); err != nil {
		t.Errorf("%+v", err)
	}
	send(t, b.Index, 10)
	send(t, a.Index, 10)
	eventually(t, "the pinned one counts", func() bool { return counts.get(t, packets) == 30 })

	name, err := loader.Unpin(dir)
	if err != nil || name != "immortal" {
		t.Errorf("unpin: %q, %v", name, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := loader.Unload(ctx, name); err != nil {
		t.Errorf("%+v", err)
	}
	send(t, b.Index, 10)
	if got := counts.get(t, packets); got != 30 {
		t.Errorf("%d packets counted after all was unloaded", got-30)
	}
}

// envHolder tells TestVMHolder that it is the process to be killed: where to
// pin, where the maps are, and two interfaces.
const envHolder = "REX_TEST_HOLDER"

// TestVMHolder is the process that TestVMKilledWhilePinned kills.
func TestVMHolder(t *testing.T) {
	testutil.VM(t)
	args := strings.Fields(os.Getenv(envHolder))
	if len(args) != 4 {
		return // not started by that test
	}
	for i, name := range []string{"immortal", "mortal"} {
		ext, err := loader.Load(kit.Object(t, "stay"), loader.Options{Name: name, PinPath: args[1]})
		if err != nil {
			t.Fatalf("%+v", err)
		}
		if i == 0 {
			err = ext.Pin(args[0])
		}
		if err == nil {
			_, err = ext.AttachXDP("OnXDP", ifindex(t, args[2+i]), 0)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	os.Stdout.WriteString("ready\n")
	for { // until it is killed
		time.Sleep(time.Hour)
	}
}
