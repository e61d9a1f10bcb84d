// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/internal/link"
	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/loader"
)

// TestVMLinked loads a hand-assembled object into a real kernel: the verifier
// accepts a stub for each trampoline, the code runs and uses what was linked,
// and the kernel module stays as long as a stub needs it.
func TestVMLinked(t *testing.T) {
	testutil.VM(t)
	raw, err := link.RealDemo("xdp_buff", "rxq").Bytes()
	if err != nil {
		t.Fatal(err)
	}
	obj, err := loader.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	ext, err := loader.Load(obj, loader.Options{})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	closed := false
	t.Cleanup(func() {
		if !closed {
			ext.Close()
		}
	})

	spec, err := btf.LoadKernelSpec()
	if err != nil {
		t.Fatal(err)
	}
	for prog, want := range map[string]uint32{"Filter": 2, "Träce": 2, "Offset": offsetOf(t, spec, "xdp_buff", "rxq")} {
		res, err := ext.TestRun(prog, make([]byte, 64))
		if err != nil {
			t.Fatal(err)
		}
		if res.Verdict != want {
			t.Errorf("%s returned %d, want %d", prog, res.Verdict, want)
		}
	}

	// The kernel's own view of the result.
	module, err := btf.LoadKernelModuleSpec(ext.Name())
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := os.ReadFile("/proc/kallsyms")
	if err != nil {
		t.Fatal(err)
	}
	for _, prog := range []string{"Filter", "Träce", "Offset"} {
		name := link.KfuncName(ext.Name(), prog)
		var fn *btf.Func
		if err := module.TypeByName(name, &fn); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := strings.Count(string(symbols), " "+name+"\t["+ext.Name()+"]"); n != 1 {
			t.Errorf("kallsyms has %s %d times", name, n)
		}
	}

	if err := unix.DeleteModule(ext.Name(), unix.O_NONBLOCK); err != unix.EAGAIN && err != unix.EBUSY {
		t.Errorf("removing the kernel module while stubs are loaded: %v", err)
	}
	closed = true
	if err := ext.Close(); err != nil {
		t.Errorf("close: %+v", err)
	}
	for range 100 {
		if _, err = os.Stat("/sys/module/" + ext.Name()); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("/sys/module/%s is still there", ext.Name())
}

// offsetOf asks another implementation.
func offsetOf(t *testing.T, spec *btf.Spec, structName, field string) uint32 {
	t.Helper()
	var s *btf.Struct
	if err := spec.TypeByName(structName, &s); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(s.Members, func(m btf.Member) bool { return m.Name == field })
	if i < 0 {
		t.Fatalf("struct %s has no %s", structName, field)
	}
	return s.Members[i].Offset.Bytes()
}
