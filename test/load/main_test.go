// SPDX-License-Identifier: Apache-2.0

// Package load_test loads compiled extensions into a real kernel. It runs as
// root in a throw-away VM (rex vm) and skips everywhere else.
package load_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"

	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/loader"
)

// envObjects names the directory of the objects that the tests load.
const envObjects = "REX_OBJECTS"

func TestMain(m *testing.M) {
	if testutil.InGuest() {
		// The first veth pair would load this kernel module, in the middle
		// of a test.
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
	t.Cleanup(func() {
		// The kernel frees programs and maps some time after their last
		// reference is gone.
		var diff []string
		for range 100 {
			if diff = difference(before, snapshot(t)); diff == nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Errorf("left in the kernel: %s", strings.Join(diff, ", "))
	})
}

// snapshot lists all that loading and attaching make: kernel modules, BPF
// programs, maps, links, BTF objects.
func snapshot(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	mods, err := os.ReadDir("/sys/module")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mods {
		all["kernel module "+m.Name()] = true
	}
	for id, err := ebpf.ProgramGetNextID(0); err == nil; id, err = ebpf.ProgramGetNextID(id) {
		all[fmt.Sprintf("program %d", id)] = true
	}
	for id, err := ebpf.MapGetNextID(0); err == nil; id, err = ebpf.MapGetNextID(id) {
		all[fmt.Sprintf("map %d", id)] = true
	}
	var links link.Iterator
	for links.Next() {
		all[fmt.Sprintf("link %d", links.ID)] = true
	}
	var types btf.HandleIterator
	for types.Next() {
		info, err := types.Handle.Info()
		if err != nil {
			t.Fatal(err)
		}
		name := "of " + info.Name
		if !info.IsKernel {
			name = fmt.Sprint(info.ID)
		}
		all["BTF object "+name] = true
	}
	if err := errors.Join(links.Err(), types.Err()); err != nil {
		t.Fatal(err)
	}
	return all
}

func difference(before, after map[string]bool) []string {
	var diff []string
	for _, k := range slices.Sorted(maps.Keys(after)) {
		if !before[k] {
			diff = append(diff, k)
		}
	}
	return diff
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

// load loads an extension and unloads it at the test's end.
func load(t *testing.T, obj *loader.Object, opts loader.Options) *loader.Extension {
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

// packet is the smallest that BPF_PROG_TEST_RUN takes, padded.
var packet = make([]byte, 64)

// XDP verdicts.
const (
	aborted = iota
	drop
	pass
)
