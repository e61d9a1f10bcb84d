// SPDX-License-Identifier: Apache-2.0

// Package runtime_test puts rex.ko under stress in a real kernel and looks for
// what is left behind. It runs as root in a throw-away VM (rex vm) and skips
// everywhere else; what the kernel reports meanwhile makes the VM fail.
package runtime_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/loader"
)

// envObjects names the directory of the objects that the tests load.
const envObjects = "REX_OBJECTS"

// envStorm makes the storms longer than make test has time for: it is the
// number of rounds ("make storm").
const envStorm = "REX_STORM"

// rounds is how often a storm goes round.
func rounds(t *testing.T, usual int) int {
	t.Helper()
	s := os.Getenv(envStorm)
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q", envStorm, s)
	}
	return n
}

func TestMain(m *testing.M) {
	if testutil.InGuest() {
		if out, err := exec.Command("modprobe", "veth").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "modprobe veth: %v\n%s", err, out)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// needVM skips a test that is not in the VM and makes it fail when it leaves
// anything in the kernel.
func needVM(t *testing.T) {
	t.Helper()
	testutil.VM(t)
	before := snapshot(t)
	t.Cleanup(func() { settle(t, before) })
}

// settle waits until the kernel has what it had before: it frees programs some
// time after their last reference is gone.
func settle(t *testing.T, before string) {
	t.Helper()
	after := ""
	for range 200 {
		if after = snapshot(t); after == before {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("left in the kernel: %s; before: %s", after, before)
}

// snapshot counts what loading and attaching make: kernel modules, BPF
// programs, maps and links, and users of rex.ko.
func snapshot(t *testing.T) string {
	t.Helper()
	progs, maps, links := 0, 0, 0
	for id, err := ebpf.ProgramGetNextID(0); err == nil; id, err = ebpf.ProgramGetNextID(id) {
		progs++
	}
	for id, err := ebpf.MapGetNextID(0); err == nil; id, err = ebpf.MapGetNextID(id) {
		maps++
	}
	var it link.Iterator
	for it.Next() {
		links++
	}
	mods, err := os.ReadFile("/proc/modules")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d programs, %d maps, %d links, %d kernel modules, %d users of rex.ko",
		progs, maps, links, bytes.Count(mods, []byte("\n")), rexUsers(mods))
}

// rexUsers is rex.ko's reference count, -1 when it is not loaded.
func rexUsers(mods []byte) int {
	for line := range bytes.Lines(mods) {
		if f := strings.Fields(string(line)); f[0] == "rex" {
			n, _ := strconv.Atoi(f[2])
			return n
		}
	}
	return -1
}

// object returns a compiled extension.
func object(t *testing.T, name string) *loader.Object {
	t.Helper()
	obj, err := loader.Open(objectPath(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

func objectPath(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv(envObjects)
	if dir == "" {
		t.Fatalf("%s is not set (make vmtest sets it)", envObjects)
	}
	return filepath.Join(dir, name+".rexo")
}

// load loads an extension and unloads it at the test's end.
func load(t *testing.T, name string) *loader.Extension {
	t.Helper()
	ext, err := loader.Load(object(t, name), loader.Options{})
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

// veth makes a pair of interfaces that are up.
func veth(t *testing.T) (a, b *net.Interface) {
	t.Helper()
	command(t, "ip", "link", "add", "rexr0", "type", "veth", "peer", "name", "rexr1")
	t.Cleanup(func() { command(t, "ip", "link", "del", "rexr0") })
	var ends [2]*net.Interface
	for i := range ends {
		name := fmt.Sprint("rexr", i)
		command(t, "ip", "link", "set", name, "up")
		iface, err := net.InterfaceByName(name)
		if err != nil {
			t.Fatal(err)
		}
		ends[i] = iface
	}
	return ends[0], ends[1]
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// packet is a frame that Count counts.
var packet = func() []byte {
	b := make([]byte, 64)
	b[12], b[13] = 0x88, 0xb5
	return b
}()

// XDP verdicts.
const (
	drop = 1
	pass = 2
)
