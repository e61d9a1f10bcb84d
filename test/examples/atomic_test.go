// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// onEachCPU runs f on two CPUs at a time (on a machine with one, twice there).
func onEachCPU(t *testing.T, f func(cpu int) error) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range 2 {
		wg.Go(func() {
			runtime.LockOSThread() // never unlocked: the thread goes with its affinity
			var set unix.CPUSet
			set.Set(i % runtime.NumCPU())
			err := unix.SchedSetaffinity(0, &set)
			if err == nil {
				err = f(i)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestVMAtomic: none of the calls made on two CPUs at once is lost.
func TestVMAtomic(t *testing.T) {
	a := start(t, "atomic", "-every", "1h", "-pid", fmt.Sprint(os.Getpid()))
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	const n = 2000
	onEachCPU(t, func(cpu int) error {
		for i := range n {
			if _, err := null.WriteAt(make([]byte, i%63+1+cpu), 0); err != nil {
				return err
			}
		}
		return nil
	})
	want := fmt.Sprintf("write number=%d ", 2*n)
	a.wait(&a.stderr, want)
	if err := a.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := <-a.ended; err != nil {
		t.Error(err)
	}
	bytes := n // the second CPU's calls write a byte more
	for i := range n {
		bytes += 2 * (i%63 + 1)
	}
	line := fmt.Sprintf("calls %d (", 2*n)
	out := a.stdout.String()
	t.Log(out)
	if !strings.Contains(out, line) || !strings.Contains(out, fmt.Sprintf("  bytes %d  largest 64  cpus %d ", bytes, min(runtime.NumCPU(), 2))) {
		t.Errorf("got %q, want %s… bytes %d", out, line, bytes)
	}
	if logged := strings.Count(a.stderr.String(), "write number="); logged != 2*n/100 {
		t.Errorf("%d calls logged, want %d", logged, 2*n/100)
	}
}
