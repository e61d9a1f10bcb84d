// SPDX-License-Identifier: Apache-2.0

package kctl

import (
	"errors"
	"os"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/testutil"
)

// TestVMHelpersAreTakenOnlyByName: rex.ko takes from a program what it knows by
// the kernel's name, and nothing from what is not a program of that type.
func TestVMHelpersAreTakenOnlyByName(t *testing.T) {
	testutil.VM(t)
	dev, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	query := func(fd int, typ ebpf.ProgramType) (uint64, error) {
		q := abi.HelperQuery{ProgFD: int32(fd), ProgType: uint32(typ)}
		err := dev.call(iocRead|iocWrite, abi.IoctlHelpers, &q)
		return q.Have, err
	}
	before, err := query(-1, 0)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "GPL", Instructions: asm.Instructions{
		asm.FnKtimeGetNs.Call(),
		asm.FnGetPrandomU32.Call(),
		asm.Return(),
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if have, err := query(other.FD(), ebpf.XDP); err != nil || have != before {
		t.Errorf("after a program with other helpers: %#x, %v; before: %#x", have, err, before)
	}
	if _, err := query(other.FD(), ebpf.SchedCLS); !errors.Is(err, unix.EINVAL) {
		t.Errorf("program of another type: %v", err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if _, err := query(int(null.Fd()), ebpf.XDP); !errors.Is(err, unix.EINVAL) {
		t.Errorf("not a program: %v", err)
	}
	if _, err := query(1<<20, ebpf.XDP); !errors.Is(err, unix.EBADF) {
		t.Errorf("not a file descriptor: %v", err)
	}
	for range 2 {
		if err := dev.ProvideHelpers(); err != nil {
			t.Fatalf("%+v", err)
		}
	}
	if have, err := query(-1, 0); err != nil || have != 1<<len(abi.BPFHelpers)-1 {
		t.Errorf("after all were provided: %#x, %v", have, err)
	}
}
