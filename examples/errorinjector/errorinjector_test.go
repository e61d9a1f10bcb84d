// SPDX-License-Identifier: Apache-2.0

package errorinjector

import (
	"syscall"
	"testing"

	"github.com/rex-go/rex/rextest"
)

func TestInject(t *testing.T) {
	rextest.Reset(t)
	if err := rules.Update(7, Rule{Errno: uint32(syscall.ENOSPC), Every: 3}); err != nil {
		t.Fatal(err)
	}
	for _, pid := range []uint32{7, 8} {
		rextest.SetTask(t, rextest.Task{PID: pid + 100, TGID: pid})
		for i := 1; i <= 9; i++ {
			result, overridden := rextest.RunSyscall(t, Write, 1, 2, 3)
			if want := pid == 7 && i%3 == 0; overridden != want || want && int64(result) != -int64(syscall.ENOSPC) {
				t.Errorf("process %d, call %d: %d, %t", pid, i, int64(result), overridden)
			}
		}
	}
	if r := *rules.Lookup(7); r.Calls != 9 || r.Injected != 3 {
		t.Errorf("%+v", r)
	}
	rules.Lookup(7).Every = 0
	rextest.SetTask(t, rextest.Task{TGID: 7})
	if _, overridden := rextest.RunSyscall(t, Openat); overridden {
		t.Error("a call fails though none should")
	}
}
