// SPDX-License-Identifier: Apache-2.0

// Package testutil has what tests that need a VM share.
//
// A test that must run in the guest is named TestVM… (a benchmark, BenchmarkVM…)
// and begins with testutil.VM(t). "make vmtest" compiles every test package that
// imports this one and runs those tests of all of them in one boot; a plain
// "go test" skips them.
package testutil

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rex-go/rex/internal/vm"
)

// Reasons to skip.
var (
	// ErrHost: the test needs the guest's kernel.
	ErrHost = errors.New("needs the guest of a rex vm (make vmtest)")
	// ErrGuest: the test is for the host.
	ErrGuest = errors.New("is for the host (make unit)")
	// ErrCPUs: the test needs more processors than the guest has.
	ErrCPUs = errors.New("needs more processors")
	// ErrNoSanitizer: the test needs the kernel that is built here.
	ErrNoSanitizer = errors.New("needs the sanitizer kernel (make sanitizer-kernel)")
	// ErrDebug: the test needs a rex.ko that checks itself.
	ErrDebug = errors.New("needs a debug build of rex.ko (vmtest -debug)")
	// ErrLong: the test runs for minutes.
	ErrLong = errors.New("runs for long (make storm)")
	// ErrNoBlock: the sanitizer kernel is built without block devices.
	ErrNoBlock = errors.New("needs a kernel with block devices")
	// ErrNoVM: the test starts a VM and something for that is missing.
	ErrNoVM = errors.New("needs qemu-system-x86_64 and a fetched kernel (make setup build)")
)

// InGuest reports whether this process runs in a rex vm.
func InGuest() bool { return os.Getenv("REX_VM") == "1" }

// VM skips the test on the host. In the guest it checks that the test is
// named so that "make vmtest" finds it.
func VM(t testing.TB) {
	t.Helper()
	if !strings.HasPrefix(t.Name(), "TestVM") && !strings.HasPrefix(t.Name(), "BenchmarkVM") {
		t.Fatalf("a test that needs the guest must be named TestVM…, or make vmtest does not run it")
	}
	if !InGuest() {
		t.Skip(ErrHost)
	}
}

// Host skips the test in the guest.
func Host(t testing.TB) {
	t.Helper()
	if InGuest() {
		t.Skip(ErrGuest)
	}
}

// RequireBoot requires that this machine can start VMs: QEMU, and a kernel in
// the cache.
func RequireBoot(t testing.TB) {
	t.Helper()
	Host(t)
	_, err := exec.LookPath("qemu-system-x86_64")
	if err == nil {
		_, err = vm.CachedKernel("stock")
	}
	Require(t, ErrNoVM, err)
}

// Require skips the test for a reason when err is not nil: something on this
// machine is missing. With REX_REQUIRE_VM set, as in "make test", it fails
// instead.
func Require(t testing.TB, reason, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv("REX_REQUIRE_VM") != "":
		t.Fatalf("%v: %v", reason, err)
	default:
		t.Skipf("%v: %v", reason, err)
	}
}

var buildRex = sync.OnceValues(func() (string, error) {
	if bin := os.Getenv("REX_BIN"); bin != "" {
		return filepath.Abs(bin)
	}
	dir, err := os.MkdirTemp("", "rex-test-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "rex")
	cmd := exec.Command("go", "build", "-trimpath", "-o", bin, "github.com/rex-go/rex/cmd/rex")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return bin, nil
})

// Rex returns the path of the rex binary: REX_BIN, or one built now (once for
// each process).
func Rex(t testing.TB) string {
	t.Helper()
	bin, err := buildRex()
	if err != nil {
		t.Fatalf("build rex: %v", err)
	}
	return bin
}
