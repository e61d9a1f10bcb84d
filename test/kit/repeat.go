// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
)

// Uninterrupted runs a function without signals: at one, as Go's scheduler sends
// them, the kernel ends a series of runs of a program, and cilium/ebpf begins anew.
func Uninterrupted(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all, before unix.Sigset_t
	for i := range all.Val {
		all.Val[i] = 1<<64 - 1
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &all, &before); err != nil {
		panic(err)
	}
	defer unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	f()
}

// Repeat runs a program exactly n times on a packet and returns the last verdict.
// It may be called from any goroutine.
func Repeat(t testing.TB, ext *loader.Extension, program string, packet []byte, n int) (verdict uint32) {
	t.Helper()
	var err error
	Uninterrupted(func() {
		verdict, _, err = ext.Benchmark(program, packet, n)
	})
	if err != nil {
		t.Error(err)
	}
	return verdict
}
