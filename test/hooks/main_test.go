// SPDX-License-Identifier: Apache-2.0

// Package hooks_test attaches programs of every type in a real kernel and looks
// at what they see and do. It runs as root in a throw-away VM (rex vm) and skips
// everywhere else.
package hooks_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

// What the tests call most, by short names.
var (
	needVM = kit.Need
	object = kit.Object
	getMap = kit.Map
)

// load loads a compiled extension and unloads it at the test's end.
func load(t *testing.T, name string) *loader.Extension {
	t.Helper()
	return kit.Load(t, name, loader.Options{})
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
	return kit.Command(t, "bpftool", args...)
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
