// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"fmt"
	"os/exec"
	"testing"
)

// TestVMHello: a program that is started is greeted, with its file and pid.
func TestVMHello(t *testing.T) {
	a := start(t, "hello")
	bin, err := exec.LookPath("true")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin)
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	a.wait(&a.stdout, fmt.Sprintf("hello file=%s pid=%d uid=0 cpu=", bin, cmd.Process.Pid))
	a.stop()
}
