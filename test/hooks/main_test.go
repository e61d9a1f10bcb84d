// SPDX-License-Identifier: Apache-2.0

// Package hooks_test attaches programs of every type in a real kernel and looks
// at what they see and do. It runs as root in a throw-away VM (rex vm) and skips
// everywhere else.
package hooks_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/internal/kctl"
	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/loader"
)

// envObjects names the directory of the objects that the tests load.
const envObjects = "REX_OBJECTS"

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
// links, programs or extensions in the kernel, or complaints in its log.
func needVM(t *testing.T) {
	t.Helper()
	testutil.VM(t)
	before := snapshot(t)
	log, err := kctl.OpenKmsg()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 100 {
			if snapshot(t) == before {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if after := snapshot(t); after != before {
			t.Errorf("left in the kernel: %s; before: %s", after, before)
		}
		for _, l := range log.Lines() {
			for _, bad := range []string{"BUG", "WARNING", "Oops", "Call Trace", "soft lockup", "hard LOCKUP", "rcu_", "scheduling while"} {
				if strings.Contains(l, bad) {
					t.Errorf("kernel log: %s", l)
				}
			}
		}
		log.Close()
	})
}

// snapshot counts what loading and attaching make.
func snapshot(t *testing.T) string {
	t.Helper()
	progs, links := 0, 0
	for id, err := ebpf.ProgramGetNextID(0); err == nil; id, err = ebpf.ProgramGetNextID(id) {
		progs++
	}
	var it link.Iterator
	for it.Next() {
		links++
	}
	mods, err := os.ReadFile("/proc/modules")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d programs, %d links, %d kernel modules", progs, links, bytes.Count(mods, []byte("\n")))
}

// object returns a compiled extension.
func object(t *testing.T, name string) *loader.Object {
	t.Helper()
	dir := os.Getenv(envObjects)
	if dir == "" {
		t.Fatalf("%s is not set (make vmtest sets it)", envObjects)
	}
	obj, err := loader.Open(filepath.Join(dir, name+".rexo"))
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// load loads a compiled extension and unloads it at the test's end.
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

func getMap(t *testing.T, ext *loader.Extension, name string) *ebpf.Map {
	t.Helper()
	m, err := ext.Map(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// only makes the programs look at this process alone.
func only(t *testing.T, ext *loader.Extension) {
	t.Helper()
	if err := getMap(t, ext, "only").Put(uint32(0), uint32(os.Getpid())); err != nil {
		t.Fatal(err)
	}
}

// lookup reads a map's entry; V has the layout of the extension's type.
func lookup[V any](t *testing.T, ext *loader.Extension, m string, key uint32) (v V) {
	t.Helper()
	if err := getMap(t, ext, m).Lookup(key, &v); err != nil {
		t.Fatalf("map %s, key %d: %v", m, key, err)
	}
	return v
}

// noEvents fails the test when a program has panicked.
func noEvents(t *testing.T, ext *loader.Extension) {
	t.Helper()
	st, err := ext.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if st.Panics != 0 || st.Timeouts != 0 || st.StackOverflows != 0 || st.Stopped {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for ev, err := range ext.Events(ctx) {
			t.Errorf("%v, %v", ev, err)
			break
		}
		t.Errorf("%+v", st)
	}
}

// bpftool runs bpftool and returns what it prints.
func bpftool(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("bpftool", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("bpftool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// shown fails the test when bpftool does not list the link with its program.
func shown(t *testing.T, l link.Link, kind string) *link.Info {
	t.Helper()
	info, err := l.Info()
	if err != nil {
		t.Fatal(err)
	}
	out := bpftool(t, "link", "show")
	if want := fmt.Sprintf("%d: %s  prog %d", info.ID, kind, info.Program); !strings.Contains(out, want) {
		t.Errorf("bpftool link show lacks %q:\n%s", want, out)
	}
	return info
}

func getpgid(pid int) (int, error) { return unix.Getpgid(pid) }
