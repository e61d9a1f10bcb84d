// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

var vmFlag = flag.Bool("rex.vm", false, "run the tests that call rextest.VM in a virtual machine, too")

// Reasons for which VM skips the run in a virtual machine.
var (
	// ErrNotAsked: go test was not called with -rex.vm.
	ErrNotAsked = errors.New("not asked to run in a kernel (go test -rex.vm)")
	// ErrNoRex: the rex binary is neither in PATH nor named by REX_BIN.
	ErrNoRex = errors.New("no rex binary (put it in PATH, or name it in REX_BIN)")
	// ErrNoVM: this machine cannot start a virtual machine.
	ErrNoVM = errors.New("cannot start a virtual machine (rex doctor says why)")
)

// Skip is what VM hands to t.Skip.
type Skip struct{ Reason error }

// Error says why.
func (s *Skip) Error() string { return "vm: " + s.Reason.Error() }

// Unwrap returns the reason.
func (s *Skip) Unwrap() error { return s.Reason }

// envObject names the compiled extension, in the guest.
const envObject = "REX_TEST_OBJECT"

// exitSetup is rex vm's exit status when there is no VM.
const exitSetup = 126

// VM makes a test run in a real kernel as well. Call it first:
//
//	func TestFilter(t *testing.T) {
//		rextest.VM(t)
//		...
//
// The test itself goes on with the host implementation. In a subtest "vm",
// which is skipped with a *Skip unless go test is called with -rex.vm, the
// package's extension is compiled and the same test is run again as root inside
// of rex vm: there the extension is loaded for the time of the test, and RunXDP
// and Frame.Run use BPF_PROG_TEST_RUN.
//
// In the kernel the maps behind Hash, Array, their per-CPU and their LRU kinds
// are copied from the host implementation's before each run and back after it,
// logs reach CaptureLogs, and a panic of the program is a panic of the test.
// Programs of other hooks still run on the host implementation there, and so do
// clocks and whatever else only the simulated machine has.
func VM(t *testing.T) {
	t.Helper()
	if object := os.Getenv(envObject); object != "" {
		loadInKernel(t, object)
		return
	}
	name := t.Name()
	t.Run("vm", func(t *testing.T) {
		if !*vmFlag {
			t.Skip(&Skip{ErrNotAsked})
		}
		runInVM(t, name)
	})
}

// runInVM runs a test of this binary again.
func runInVM(t *testing.T, name string) {
	rex := os.Getenv("REX_BIN")
	if rex == "" {
		var err error
		if rex, err = exec.LookPath("rex"); err != nil {
			t.Skip(&Skip{ErrNoRex})
		}
	}
	object := filepath.Join(t.TempDir(), "test.rexo")
	// The directory of a test's package is where go test runs it.
	if out, err := exec.CommandContext(t.Context(), rex, "build", "-o", object, ".").CombinedOutput(); err != nil {
		t.Fatalf("compile the extension: %v\n%s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), rex, "vm", "-smp", fmt.Sprint(NumCPU), "-t", "5m", "--",
		self, "-test.run", "^"+regexp.QuoteMeta(name)+"$", "-test.v", "-test.timeout", "4m")
	cmd.Env = append(os.Environ(), envObject+"="+object)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &exit) && exit.ExitCode() == exitSetup:
		t.Logf("%s", out)
		t.Skip(&Skip{ErrNoVM})
	default:
		t.Errorf("in the kernel: %v\n%s", err, out)
	}
}
