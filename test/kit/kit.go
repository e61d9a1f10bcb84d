// SPDX-License-Identifier: Apache-2.0

// Package kit has what the tests that load extensions into a real kernel share:
// the check that a test leaves nothing behind (Need), the objects that make
// vmtest compiled (Object, Load), and the package's start and end (Main). Tests
// that use it run in a throw-away VM and skip everywhere else.
package kit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/loader"
)

// EnvObjects names the directory of the extensions that make vmtest compiled,
// each NAME.rexo after the directory of its source.
const EnvObjects = "REX_OBJECTS"

// Patience is for things that take milliseconds on a machine that does nothing
// else: how long a test waits for what must happen.
const Patience = 5 * time.Minute

// Main runs a package's tests. In the guest it loads before what would
// otherwise be loaded in the middle of a test.
func Main(m *testing.M) {
	if !testutil.InGuest() {
		os.Exit(m.Run())
	}
	if out, err := exec.Command("modprobe", "-a", "veth", "virtio_net").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "modprobe: %v\n%s", err, out)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// ObjectPath is the file of a compiled extension.
func ObjectPath(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv(EnvObjects)
	if dir == "" {
		t.Fatalf("%s is not set (make vmtest sets it)", EnvObjects)
	}
	return filepath.Join(dir, name+".rexo")
}

// Object returns a compiled extension.
func Object(t testing.TB, name string) *loader.Object {
	t.Helper()
	obj, err := loader.Open(ObjectPath(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// Load loads a compiled extension and unloads it at the test's end.
func Load(t testing.TB, name string, opts loader.Options) *loader.Extension {
	t.Helper()
	return LoadObject(t, Object(t, name), opts)
}

// LoadObject loads an extension and unloads it at the test's end.
func LoadObject(t testing.TB, obj *loader.Object, opts loader.Options) *loader.Extension {
	t.Helper()
	ext, err := loader.Load(obj, opts)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	t.Cleanup(func() {
		if err := ext.Close(); err != nil {
			t.Errorf("close: %+v", err)
		}
	})
	return ext
}

// Map returns one of an extension's maps.
func Map(t testing.TB, ext *loader.Extension, name string) *ebpf.Map {
	t.Helper()
	m, err := ext.Map(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// NeedCPUs skips a test that needs more processors than the guest has. make
// vmtest gives it two.
func NeedCPUs(t testing.TB, n int) {
	t.Helper()
	if runtime.NumCPU() < n {
		t.Skip(fmt.Errorf("%w: %d (vmtest -smp %d)", testutil.ErrCPUs, n, n))
	}
}

// Command runs a command, which must succeed, and returns what it prints.
func Command(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Sleeper starts a process that does nothing until the test ends. When it
// returns the process is a task named sleep.
func Sleeper(t testing.TB) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for range 1000 {
		if comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", cmd.Process.Pid)); string(comm) == "sleep\n" {
			return cmd
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("sleep does not begin")
	return nil
}

// OnCPU starts f on a CPU, on a thread of its own; done is closed at its end.
func OnCPU(t testing.TB, cpu int, f func()) (done chan struct{}) {
	t.Helper()
	done = make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread goes with its affinity
		var set unix.CPUSet
		set.Set(cpu)
		if err := unix.SchedSetaffinity(0, &set); err != nil {
			t.Error(err)
			return
		}
		f()
	}()
	return done
}
