// SPDX-License-Identifier: Apache-2.0

package kmod_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/internal/vm"
	"github.com/rex-go/rex/kmod"
)

// TestSources fails when a source that kbuild needs is not embedded.
func TestSources(t *testing.T) {
	kbuild, err := fs.ReadFile(kmod.Sources, "Kbuild")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"src", "selftest"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			name := filepath.Join(dir, e.Name())
			base, isC := strings.CutSuffix(e.Name(), ".c")
			base, isAsm := strings.CutSuffix(base, ".S")
			if !isC && !isAsm && !strings.HasSuffix(name, ".h") {
				continue
			}
			if _, err := fs.Stat(kmod.Sources, name); err != nil {
				t.Errorf("%s is not embedded: %v", name, err)
			}
			if (isC || isAsm) && !strings.Contains(string(kbuild), base+".o") {
				t.Errorf("%s is not in Kbuild", name)
			}
		}
	}
}

// TestSelfTests builds rex.ko with its self-tests and inserts it in a VM.
func TestSelfTests(t *testing.T) {
	testutil.RequireBoot(t)
	rex := testutil.Rex(t)
	ko := filepath.Join(t.TempDir(), "rex.ko")
	build := exec.Command(rex, "module", "build", "-debug", "-kernel", "stock", "-o", ko)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("rex module build: %v\n%s", err, out)
	}
	run := exec.Command(rex, "vm", "-smp", "2", "-no-module", "-append", "preempt=full", "-t", "5m", "--",
		"sh", "-c", "insmod $0 && rmmod rex; status=$?; dmesg | grep 'rex:'; exit $status", ko)
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("insert rex.ko: %v\n%s", err, out)
	}
	if !strings.Contains(string(out), "self-tests passed") {
		t.Errorf("no self-tests in this rex.ko:\n%s", out)
	}
}

// TestStorm interrupts a million short programs at random moments, where the
// clock counts instructions, so that every instruction of the dispatcher is
// hit. It is for "make storm".
func TestStorm(t *testing.T) {
	storm := os.Getenv("REX_STORM")
	if storm == "" {
		t.Skip(testutil.ErrLong)
	}
	rounds, err := strconv.Atoi(storm)
	if err != nil {
		t.Fatalf("REX_STORM: %v", err)
	}
	testutil.RequireBoot(t)
	rex := testutil.Rex(t)
	ko := filepath.Join(t.TempDir(), "rex.ko")
	if out, err := exec.Command(rex, "module", "build", "-debug", "-kernel", "stock", "-o", ko).CombinedOutput(); err != nil {
		t.Fatalf("rex module build: %v\n%s", err, out)
	}
	out, err := exec.Command(rex, "vm", "-icount", "-no-module", "-append", "preempt=full", "-t", "30m", "--",
		"sh", "-c", "insmod $0 storm=$1 && rmmod rex; status=$?; dmesg | grep 'rex:'; exit $status", ko, fmt.Sprint(1000*rounds)).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "self-tests passed") {
		t.Fatalf("insert rex.ko: %v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// TestSanitizers: what the sanitizer kernel finds makes a VM fail, each kind of
// it: a rex.ko makes these mistakes on purpose.
func TestSanitizers(t *testing.T) {
	testutil.RequireBoot(t)
	if _, err := vm.CachedKernel(vm.Sanitizer); err != nil {
		t.Skip(testutil.ErrNoSanitizer)
	}
	rex := testutil.Rex(t)
	dir := t.TempDir()
	ko := filepath.Join(dir, "rex.ko")
	if out, err := exec.Command(rex, "module", "build", "-debug", "-kernel", vm.Sanitizer, "-o", ko).CombinedOutput(); err != nil {
		t.Fatalf("rex module build: %v\n%s", err, out)
	}
	// The first report would end the VM.
	const script = `insmod $0 provoke=1; sleep 6; for i in 1 2; do echo scan >/sys/kernel/debug/kmemleak; done`
	_, err := vm.Run(t.Context(), vm.Config{
		Kernel: vm.Sanitizer, CPUs: 2, Append: "panic_on_warn=0", Init: rex,
		Command: []string{"sh", "-c", script, ko}, LogPath: filepath.Join(dir, "log"),
	})
	var found *vm.KernelError
	if !errors.As(err, &found) {
		t.Fatalf("no report: %v", err)
	}
	for _, want := range []string{
		"BUG: sleeping function called from invalid context",
		"BUG: using smp_processor_id() in preemptible",
		"WARNING: suspicious RCU usage",
		"WARNING: possible circular locking dependency detected",
		"BUG: KASAN: slab-use-after-free in ",
		"new suspected memory leaks",
	} {
		if !slices.ContainsFunc(found.Problems, func(p vm.Problem) bool { return strings.Contains(p.Text, want) }) {
			t.Errorf("not found: %s", want)
		}
	}
	if t.Failed() {
		t.Logf("%+v", found)
	}
}

// TestVMLayout compares the running rex.ko's own type information with
// internal/abi: what the C compiler made of the structs, not what it was told.
func TestVMLayout(t *testing.T) {
	testutil.VM(t)
	spec, err := btf.LoadKernelModuleSpec(abi.ModuleName)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range abi.Structs {
		var c *btf.Struct
		if err := spec.TypeByName(s.C, &c); err != nil {
			t.Errorf("struct %s: %v", s.C, err)
			continue
		}
		g := reflect.TypeOf(s.V)
		if uintptr(c.Size) != g.Size() || len(c.Members) != g.NumField() {
			t.Errorf("struct %s: %d bytes, %d members; Go has %d, %d", s.C, c.Size, len(c.Members), g.Size(), g.NumField())
			continue
		}
		for i, m := range c.Members {
			f := g.Field(i)
			size, err := btf.Sizeof(m.Type)
			if err != nil {
				t.Fatal(err)
			}
			if uintptr(m.Offset.Bytes()) != f.Offset || uintptr(size) != f.Type.Size() {
				t.Errorf("%s.%s: %d bytes at %d; Go has %d at %d", s.C, m.Name, size, m.Offset.Bytes(), f.Type.Size(), f.Offset)
			}
		}
	}
}
