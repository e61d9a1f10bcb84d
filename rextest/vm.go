// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"errors"
	"flag"
	"fmt"
	"os"
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
	// ErrSimulated: the test sets something that only the simulated machine has.
	ErrSimulated = errors.New("only the simulated machine has that")
)

// Skip is what VM hands to t.Skip.
type Skip struct{ Reason error }

// Error says why.
func (s *Skip) Error() string { return "vm: " + s.Reason.Error() }

// Unwrap returns the reason.
func (s *Skip) Unwrap() error { return s.Reason }

// envObject names the compiled extension, in the guest.
const envObject = "REX_TEST_OBJECT"

// VM makes a test run in a real kernel as well. Call it first:
//
//	func TestFilter(t *testing.T) {
//		rextest.VM(t)
//		...
//
// The test itself goes on with the host implementation. In a subtest "vm",
// which is skipped with a *Skip unless go test is called with -rex.vm, the same
// test is run again as root in a virtual machine, which is started once for all
// tests of the package. There the package's extension is compiled and loaded for
// the time of the test, and the functions that run programs run them in the
// kernel: XDP and TC programs with BPF_PROG_TEST_RUN, the others through a BPF
// program of that kind, called with the context that the test made.
//
// Before each run the maps are filled with what the host implementation's have,
// and copied back after it: Hash, Array, their per-CPU and their LRU kinds,
// LPMTrie, Queue, Stack; records of a RingBuf, samples of a PerfEventArray and the
// stacks of a StackTrace are copied back, elements of a BloomFilter and what
// SetTarget put into a DevMap, DevMapHash, CPUMap or XSKMap to the kernel. Logs reach CaptureLogs, and a panic of the program
// is a panic of the test.
//
// The stack that a program keeps there is what the kernel's walker makes of the
// registers that the test gives, at least their RIP if CS and RFLAGS are those of
// kernel code (0x10 and 2).
//
// A test that sets what a real kernel does not let it set, such as the clock, the
// current task, interrupted stacks, counters, fields of SKB that BPF_PROG_TEST_RUN
// refuses, or targets that the machine does not have (the loopback interface is 1),
// or that asks where a packet went (Redirected), is skipped there, with ErrSimulated
// as the reason.
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

// lastRun is the test that ran a program in the kernel last. pretended is what a
// test has set there that only the simulated machine has, by a function that cannot
// skip it: the next run does.
var (
	lastRun   testing.TB
	pretended string
)

// simulated skips a test in the kernel that sets what.
func simulated(t testing.TB, what string) {
	t.Helper()
	if inKernel() {
		t.Skip(&Skip{fmt.Errorf("%s: %w", what, ErrSimulated)})
	}
}
