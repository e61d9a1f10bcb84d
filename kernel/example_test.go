// SPDX-License-Identifier: Apache-2.0

package kernel_test

import (
	"fmt"
	"testing"

	"github.com/rex-go/rex/kernel"
	"github.com/rex-go/rex/rextest"
)

// TaskStruct is what rex kernel-types task_struct:pid,real_parent generates, but
// for the tests of whether the kernel has the members.
type TaskStruct struct{ kernel.Pointer }

func (s TaskStruct) Pid() int32 {
	return kernel.Read[int32](s.Pointer, kernel.Offset("task_struct", "pid"))
}

func (s TaskStruct) RealParent() TaskStruct {
	return TaskStruct{kernel.Read[kernel.Pointer](s.Pointer, kernel.Offset("task_struct", "real_parent"))}
}

// ancestors returns the thread ids from the current task up to the first.
func ancestors() (pids [8]int32, n int) {
	task := TaskStruct{kernel.CurrentTask()}
	for n < len(pids) {
		pids[n] = task.Pid()
		n++
		if pids[n-1] <= 1 {
			break
		}
		task = task.RealParent()
	}
	return pids, n
}

func Example() {
	t := new(testing.T) // the test's own in a test function

	initial := rextest.KernelStruct(t, "task_struct", rextest.Fields{"pid": int32(1)})
	shell := rextest.KernelStruct(t, "task_struct", rextest.Fields{"pid": int32(700), "real_parent": initial})
	self := rextest.KernelStruct(t, "task_struct", rextest.Fields{"pid": int32(701), "real_parent": shell})
	rextest.SetTaskStruct(t, self)

	pids, n := ancestors()
	fmt.Println(pids[:n])
	// Output: [701 700 1]
}
