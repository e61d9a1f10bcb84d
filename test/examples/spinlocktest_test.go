// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"os"
	"strings"
	"testing"
)

// TestVMSpinlockTest: while both CPUs switch between tasks, no audit finds an
// entry that was made in one account only.
func TestVMSpinlockTest(t *testing.T) {
	a := start(t, "spinlocktest", "-every", "1h")
	const n = 500
	onEachCPU(t, func(int) error {
		// A byte goes to and fro between two threads: each step is a switch.
		r1, w1, err := os.Pipe()
		if err != nil {
			return err
		}
		r2, w2, err := os.Pipe()
		if err != nil {
			return err
		}
		go func() {
			defer w2.Close()
			var b [1]byte
			for {
				if _, err := r1.Read(b[:]); err != nil {
					return
				}
				w2.Write(b[:])
			}
		}()
		defer w1.Close()
		var b [1]byte
		for range n {
			if _, err := w1.Write(b[:]); err != nil {
				return err
			}
			if _, err := r2.Read(b[:]); err != nil {
				return err
			}
		}
		return nil
	})
	out := a.stop()
	if done := number(t, out, `(\d+) audits`); done < 50 || !strings.Contains(out, " audits, 0 wrong\n") {
		t.Errorf("got %s", out)
	}
	if moves := number(t, out, `group 0: [+-]\d+, (\d+) entries`); moves == 0 {
		t.Errorf("no entries:\n%s", out)
	}
}
