// SPDX-License-Identifier: Apache-2.0

// Package lifecycle_test loads extensions that outlive the process that loaded
// them, and replaces them while they are in use, in a real kernel. It runs as
// root in a throw-away VM (rex vm) and skips everywhere else.
package lifecycle_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

// Indexes of stay's counts.
const (
	packets = iota
	frames
	calls
	entries
	ticks
)

// counters are stay's maps, which outlive any one instance of it.
type counters struct {
	counts, only *ebpf.Map
}

// shared pins the maps that every instance loaded with the returned directory
// uses, until the test ends.
func shared(t *testing.T) (c counters, dir string) {
	t.Helper()
	dir = filepath.Join("/sys/fs/bpf", "shared")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	pin := func(spec *ebpf.MapSpec) *ebpf.Map {
		m, err := ebpf.NewMap(spec)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, spec.Name)
		if err := m.Pin(path); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			m.Close()
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		})
		return m
	}
	t.Cleanup(func() {
		if err := os.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	c.counts = pin(&ebpf.MapSpec{Name: "counts", Type: ebpf.PerCPUArray, KeySize: 4, ValueSize: 8, MaxEntries: 5})
	c.only = pin(&ebpf.MapSpec{Name: "only", Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	if err := c.only.Put(uint32(0), uint32(os.Getpid())); err != nil {
		t.Fatal(err)
	}
	return c, dir
}

// get is one of the counts.
func (c counters) get(t *testing.T, i uint32) (n uint64) {
	t.Helper()
	var all []uint64
	if err := c.counts.Lookup(i, &all); err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		n += v
	}
	return n
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 600 {
		if ok() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// moreThan waits until a count has grown past a number.
func (c counters) moreThan(t *testing.T, i uint32, n uint64) {
	t.Helper()
	eventually(t, fmt.Sprintf("count %d past %d", i, n), func() bool { return c.get(t, i) > n })
}

// rex runs a rex command, which must succeed.
func rex(t *testing.T, args ...string) string {
	t.Helper()
	return kit.Command(t, testutil.Rex(t), args...)
}

// rexFails runs a rex command, which must fail and say something.
func rexFails(t *testing.T, want string, args ...string) {
	t.Helper()
	out, err := exec.Command(testutil.Rex(t), args...).CombinedOutput()
	if err == nil || !strings.Contains(string(out), want) {
		t.Errorf("rex %s: %v, %s\n(want %q in it)", strings.Join(args, " "), err, out, want)
	}
}

// cable makes a pair of interfaces that are up. What is sent from b arrives at a.
func cable(t *testing.T) (a, b *net.Interface) {
	t.Helper()
	kit.Command(t, "ip", "link", "add", "rexc0", "type", "veth", "peer", "name", "rexc1")
	t.Cleanup(func() { kit.Command(t, "ip", "link", "del", "rexc0") })
	var ends [2]*net.Interface
	for i := range ends {
		name := fmt.Sprint("rexc", i)
		kit.Command(t, "ip", "link", "set", name, "up")
		iface, err := net.InterfaceByName(name)
		if err != nil {
			t.Fatal(err)
		}
		ends[i] = iface
	}
	return ends[0], ends[1]
}

// frame is what stay counts.
var frame = func() []byte {
	b := make([]byte, 64)
	b[12], b[13] = 0x88, 0xb5
	return b
}()

// send sends frames out of an interface.
func send(t *testing.T, ifindex, n int) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Error(err)
		return
	}
	defer unix.Close(fd)
	for range n {
		if err := unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: ifindex}); err != nil {
			t.Errorf("send: %v", err)
			return
		}
	}
}

// call makes the system call that stay counts.
func call(t *testing.T, n int) {
	t.Helper()
	for range n {
		if _, err := unix.Getpgid(0); err != nil {
			t.Error(err)
			return
		}
	}
}

// pinned opens an extension that was pinned.
func pinned(t *testing.T, object, dir string) *loader.Extension {
	t.Helper()
	ext, err := loader.OpenPinned(kit.Object(t, object), dir)
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
