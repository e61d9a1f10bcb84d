// SPDX-License-Identifier: Apache-2.0

package rex_test

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/rextest"
)

var (
	profile = rex.NewStackTrace(1024)
	samples = rex.NewHash[uint32, uint64](1024)
)

// Profile counts the stacks that it interrupts.
//
//rex:perfevent
func Profile(ctx *perfevent.Context) perfevent.Action {
	id, err := ctx.StackID(profile, 0)
	if err != nil {
		return perfevent.Keep // a sample in user space has no kernel stack
	}
	if n, _, err := samples.LoadOrStore(id, 0); err == nil {
		atomic.AddUint64(n, 1)
	}
	return perfevent.Keep
}

func ExampleStackTrace() {
	t := new(testing.T) // the test's own in a test function
	rextest.SetStacks(t, []uint64{0xffffffff81000010, 0xffffffff81000400}, nil)
	for range 3 {
		rextest.RunPerfEvent(t, Profile, rextest.Sample{})
	}
	for id, n := range samples.All() {
		fmt.Printf("%d times %#x\n", *n, rextest.Stack(profile, id))
	}
	// Output: 3 times [0xffffffff81000010 0xffffffff81000400]
}

// Signal is what KillProbe writes.
type Signal struct{ From, To, Number uint32 }

var signals = rex.NewPerfEventArray[Signal]()

// KillProbe writes who sends a signal to a process that is called sshd.
//
//rex:kprobe __x64_sys_kill
func KillProbe(ctx *kprobe.Context) kprobe.Action {
	pid, _ := ctx.SyscallArg(0)
	number, _ := ctx.SyscallArg(1)
	task := rex.TaskByPID(uint32(pid))
	if task == nil {
		return kprobe.Continue
	}
	defer task.Release() // at the end at the latest, even without this
	if comm := task.Info().Comm; bytes.HasPrefix(comm[:], []byte("sshd\x00")) {
		kprobe.Output(ctx, signals, rex.CurrentCPU, Signal{rex.TGID(), uint32(pid), uint32(number)})
	}
	return kprobe.Continue
}

func ExamplePerfEventArray() {
	t := new(testing.T) // the test's own in a test function
	rextest.SetTask(t, rextest.Task{PID: 100, TGID: 100})
	rextest.SetTasks(t, rextest.Task{PID: 7, Comm: "sshd"}, rextest.Task{PID: 8, Comm: "cat"})
	for _, pid := range []uint64{7, 8, 9} {
		rextest.RunSyscall(t, KillProbe, pid, 15)
	}
	for _, s := range rextest.PerfSamples(t, signals) {
		fmt.Printf("%+v\n", s.Value)
	}
	// Output: {From:100 To:7 Number:15}
}
