// SPDX-License-Identifier: Apache-2.0

package scaffold_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/testutil"
)

const extraProgram = `package sample

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

var seen = rex.NewHash[uint32, uint64](16)

//rex:xdp
func Extra(ctx *xdp.Context) xdp.Action {
	b := ctx.Data()
	rex.Log(rex.LevelWarn, "extra", "len", len(b), "cpu", rex.CPU())
	n := seen.Lookup(7)
	if n == nil {
		return xdp.Drop
	}
	*n++
	if seen.Insert(uint32(b[14]), 1) != nil {
		return xdp.Aborted
	}
	b[15] = 0xee
	return xdp.Action(b[int(b[14])])
}
`

const extraTest = `package sample

import (
	"os"
	"testing"

	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

func TestExtra(t *testing.T) {
	rextest.VM(t)
	rextest.Reset(t)
	logs := rextest.CaptureLogs(t)
	pkt := make([]byte, 64)
	pkt[14] = 16
	pkt[16] = byte(xdp.TX)
	if a, _ := rextest.RunXDP(t, Extra, pkt); a != xdp.Drop {
		t.Errorf("without an entry: %v", a)
	}
	if err := seen.Insert(7, 40); err != nil {
		t.Fatal(err)
	}
	n := seen.Lookup(7)
	a, out := rextest.Frame{Data: pkt, CPU: 2}.Run(t, Extra)
	if a != xdp.TX || out[15] != 0xee || *n != 41 || seen.Lookup(16) == nil {
		t.Errorf("verdict %v, byte %#x, count %d", a, out[15], *n)
	}
	pkt[14] = 200
	if msg := rextest.PanicXDP(t, Extra, pkt); msg != "runtime error: index out of range [200] with length 64" {
		t.Errorf("panic %q", msg)
	}
	pkt[14] = 17
	if a, _ := rextest.RunXDP(t, Extra, pkt); a != xdp.Aborted {
		t.Errorf("after the panic: %v", a)
	}
	want := []string{"extra len=64 cpu=0", "extra len=64 cpu=2", "extra len=64 cpu=0", "extra len=64 cpu=0"}
	for i, r := range logs.Records() {
		if i >= len(want) || r.Msg != want[i] {
			t.Errorf("record %d: %v", i, r)
		}
	}
	if os.Getenv("REX_VM") == "1" {
		t.Log("ran in the kernel")
	}
}

// TestWrong fails in the kernel only.
func TestWrong(t *testing.T) {
	rextest.VM(t)
	if os.Getenv("REX_VM") == "1" {
		t.Error("ran in the kernel")
	}
}
`

// TestInKernel: go test -rex.vm runs a test on the host and in the kernel.
func TestInKernel(t *testing.T) {
	testutil.RequireBoot(t)
	rex := testutil.Rex(t)
	dir := module(t, "xdp", "sample")
	for name, text := range map[string]string{"extra.go": extraProgram, "extra_test.go": extraTest} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	test := func(args ...string) (string, error) {
		cmd := exec.Command("go", append([]string{"test", "-v", "."}, args...)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "REX_BIN="+rex)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	// Not asked: on the host only, and it says so.
	if out, err := test(); err != nil || !strings.Contains(out, "vm: not asked to run in a kernel (go test -rex.vm)") {
		t.Errorf("without -rex.vm: %v\n%s", err, out)
	}
	if out, err := test("-rex.vm", "-run", "TestExtra"); err != nil || !strings.Contains(out, "--- PASS: TestExtra/vm") {
		t.Errorf("in the kernel: %v\n%s", err, out)
	}
	if out, err := test("-rex.vm", "-run", "TestWrong"); err == nil || !strings.Contains(out, "--- FAIL: TestWrong/vm") || !strings.Contains(out, "ran in the kernel") {
		t.Errorf("a test that fails in the kernel: %v\n%s", err, out)
	}
}

// TestInKernelHooks: programs of every type, and maps of every kind that can be
// copied, in one virtual machine; what a kernel does not do is skipped, and says
// so.
func TestInKernelHooks(t *testing.T) {
	testutil.RequireBoot(t)
	dir := module(t, "xdp", "sample")
	for _, name := range []string{"hooks.go", "hooks_test.go", "elsewhere.go", "elsewhere_test.go"} {
		text, err := os.ReadFile(filepath.Join("testdata", "hooks", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "test", "-v", ".", "-rex.vm")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "REX_BIN="+testutil.Rex(t))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, test := range []string{"TC", "XDP", "Kprobe", "Syscall", "Tracepoint", "PerfEvent", "Maps", "Filter", "Samples", "Stacks", "Targets"} {
		if !strings.Contains(string(out), "--- PASS: Test"+test+"/vm") {
			t.Errorf("Test%s did not pass in the kernel:\n%s", test, out)
		}
	}
	for test, reason := range map[string]string{
		"Simulated": "SetTask", "NoStacks": "SetStacks", "NoCounter": "SetPerfCounter", "NoRedirect": "Redirected",
		"NoInterface": "refuses for a DevMap", "NoCPU": "refuses for a CPUMap", "NoSocket": "refuses for a XSKMap",
	} {
		_, said, _ := strings.Cut(string(out), "=== RUN   Test"+test+"/vm")
		said, _, skipped := strings.Cut(said, "--- SKIP: Test"+test+"/vm")
		if !skipped || !strings.Contains(said, reason) || !strings.Contains(said, "only the simulated machine has that") {
			t.Errorf("Test%s is not skipped because of %s:\n%s", test, reason, out)
		}
	}
}
