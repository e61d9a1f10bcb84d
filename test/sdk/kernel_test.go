// SPDX-License-Identifier: Apache-2.0

package sdk_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/rex-go/rex/internal/kernel"
	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/sdk/testdata/tasks"
	"github.com/rex-go/rex/xdp"
)

// TestVMKernelTypes: types generated from one kernel's BTF read the structs of
// the kernel that the extension runs on.
func TestVMKernelTypes(t *testing.T) {
	ext := load(t, "tasks")
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, err := ext.TestRun("Look", make([]byte, 64)); err != nil {
		t.Fatal(err)
	}
	m, err := ext.Map("task")
	if err != nil {
		t.Fatal(err)
	}
	var got tasks.Task
	if err := m.Lookup(uint32(0), &got); err != nil {
		t.Fatal(err)
	}
	comm, err := os.ReadFile("/proc/thread-self/comm")
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimSuffix(string(comm), "\n")
	if int(got.PID) != syscall.Gettid() || int(got.TGID) != os.Getpid() || int(got.Parent) != os.Getppid() {
		t.Errorf("ids: %+v", got)
	}
	if strings.TrimRight(string(got.Comm[:]), "\x00") != name || int(got.CommLength) != len(name) {
		t.Errorf("comm %q, length %d (expected %q)", got.Comm, got.CommLength, name)
	}
	if got.OnRQ != 1 || got.Users < 1 || got.StartTime == 0 || got.HasComm != 1 {
		t.Errorf("got %+v", got)
	}
	if got.WildOK != 0 || got.WildValue != 0 || got.NoSuch != 0 || got.NilParent != 0 {
		t.Errorf("what is not there was read: %+v", got)
	}
}

// TestVMMissingMember: a member that is read without asking ends the program,
// or keeps the extension from loading when it never asks.
func TestVMMissingMember(t *testing.T) {
	ext := load(t, "tasks")
	if _, err := ext.TestRun("Unguarded", make([]byte, 64)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), kit.Patience)
	defer cancel()
	for ev, err := range ext.Events(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if ev.Kind != loader.EventPanic || !strings.Contains(ev.Message, "this kernel has not got") {
			t.Errorf("got %v", ev)
		}
		break
	}

	obj := kit.Object(t, "nofield")
	_, err := loader.Load(obj, loader.Options{})
	if !errors.Is(err, kernel.ErrNoField) || !strings.Contains(err.Error(), `task_struct.no_such_member`) {
		t.Errorf("load: %v", err)
	}
}

// TestKernelTypesHost: the same program on the host implementation.
func TestKernelTypesHost(t *testing.T) {
	testutil.Host(t)
	parent := rextest.KernelStruct(t, "task_struct", rextest.Fields{"tgid": int32(7)})
	self := rextest.KernelStruct(t, "task_struct", rextest.Fields{
		"pid": int32(12), "tgid": int32(11), "real_parent": parent, "comm": "init\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	})
	rextest.SetKernel(t, tasks.TaskStruct{Pointer: self}.Se().Pointer, "sched_entity", rextest.Fields{"on_rq": uint8(1)})
	rextest.SetTaskStruct(t, self)
	rextest.WithoutField(t, "task_struct", "no_such_member")
	if action, _ := rextest.RunXDP(t, tasks.Look, make([]byte, 64)); action != xdp.Pass {
		t.Errorf("verdict %v", action)
	}
	got := *tasks.TaskMap().Lookup(0)
	want := tasks.Task{PID: 12, TGID: 11, Parent: 7, Comm: [16]byte{'i', 'n', 'i', 't'}, OnRQ: 1, HasComm: 1, CommLength: 4}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if msg := rextest.PanicXDP(t, tasks.Unguarded, make([]byte, 64)); !strings.Contains(msg, "this kernel has not got") {
		t.Errorf("panic is %q", msg)
	}
}
