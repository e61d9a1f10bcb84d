// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/testutil"
)

// parameters is where a debug build of rex.ko shows what it found.
const parameters = "/sys/module/rex/parameters/"

// checkState fails the test when an invocation left the CPU in another state
// than it found it (preemption, interrupts, RCU, locks, resources), or used
// more of its stack than the compiler said.
func checkState(t testing.TB) {
	t.Helper()
	if _, err := os.Stat(parameters + "state_mismatches"); errors.Is(err, fs.ErrNotExist) {
		return // no debug build, or no rex.ko
	}
	if n := number(t, "state_mismatches"); n != 0 {
		t.Errorf("the CPU's state was changed by %d invocations: %s", n, parameter(t, "state_first"))
	}
	if n := number(t, "stack_over"); n != 0 {
		t.Errorf("%d calls were deeper on the stack than the compiler says, the first in %s", n, parameter(t, "stack_worst"))
	}
	if n := number(t, "stack_beyond"); n > abi.StackReserve/2 {
		t.Errorf("helpers and interrupts used %d bytes of the stack", n)
	}
}

// NeedDebug skips a test that needs a debug build of rex.ko.
func NeedDebug(t testing.TB) {
	t.Helper()
	if os.Getenv("REX_DEBUG") == "" { // of vmtest -debug
		t.Skip(testutil.ErrDebug)
	}
	if State(t) == "" {
		t.Fatal("this rex.ko is no debug build")
	}
}

// State describes what a debug build of rex.ko has checked so far; it is empty
// for others.
func State(t testing.TB) string {
	t.Helper()
	names := []string{"state_checks", "state_mismatches", "stack_calls", "stack_exact", "stack_over", "stack_used", "stack_beyond"}
	var all []string
	for _, name := range names {
		if _, err := os.Stat(parameters + name); err != nil {
			return ""
		}
		all = append(all, name+" "+parameter(t, name))
	}
	return strings.Join(all, ", ")
}

func number(t testing.TB, name string) int {
	t.Helper()
	n, err := strconv.Atoi(parameter(t, name))
	if err != nil {
		t.Error(err)
	}
	return n
}

func parameter(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(parameters + name)
	if err != nil {
		t.Error(err)
	}
	return strings.TrimSpace(string(b))
}
