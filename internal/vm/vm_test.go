// SPDX-License-Identifier: Apache-2.0

package vm_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/internal/vm"
)

// run boots a VM for a shell script.
func run(t *testing.T, cfg vm.Config, script string) (vm.Result, string, string, error) {
	t.Helper()
	testutil.RequireBoot(t)
	var stdout, stderr bytes.Buffer
	cfg.Init = testutil.Rex(t)
	cfg.Stdout, cfg.Stderr = &stdout, &stderr
	if cfg.Command == nil {
		cfg.Command = []string{"sh", "-c", script}
	}
	if cfg.LogPath == "" {
		cfg.LogPath = filepath.Join(t.TempDir(), "kernel.log")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 5 * time.Minute
	}
	res, err := vm.Run(t.Context(), cfg)
	return res, stdout.String(), stderr.String(), err
}

// TestRun checks in one boot what a command in the guest sees and what of it
// comes out.
func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "host"), []byte("from the host\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	input := strings.Repeat("0123456789abcdef", 1<<14)
	const size = 5 << 20
	script := `
		echo "cwd=$PWD uid=$(id -u) guest=$REX_VM host=$(cat host) procs=$(nproc) input=$(sha256sum | cut -d' ' -f1)" >&2
		echo changed > host; echo new > file; echo "now=$(cat host)" >&2
		modprobe veth && ip link add v0 type veth peer name v1 && echo veth=yes >&2
		ip link show lo | grep -q UP && echo lo=up >&2
		grep -c ' /sys/fs/bpf \| /sys/kernel/debug \| /sys/kernel/tracing \| /sys/fs/cgroup \| /dev/pts ' /proc/mounts | sed 's/^/mounts=/' >&2
		sleep 1000 &
		head -c ` + fmt.Sprint(size) + ` /dev/urandom > data
		cat data
		sha256sum data | cut -d' ' -f1 | sed 's/^/data=/' >&2
		exit 7`
	res, stdout, stderr, err := run(t, vm.Config{CPUs: 2, Dir: dir, Stdin: strings.NewReader(input)}, script)
	if err != nil {
		t.Fatalf("Run: %+v", err)
	}
	if res.ExitCode != 7 {
		t.Errorf("exit code %d, want 7", res.ExitCode)
	}
	for _, want := range []string{
		"cwd=" + dir, "uid=0", "guest=1", "host=from the host", "procs=2", "now=changed", "veth=yes", "lo=up", "mounts=5",
		fmt.Sprintf("input=%x", sha256.Sum256([]byte(input))),
		fmt.Sprintf("data=%x", sha256.Sum256([]byte(stdout))),
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("standard error lacks %q", want)
		}
	}
	if t.Failed() {
		t.Logf("standard error:\n%s", stderr)
	}
	if len(stdout) != size {
		t.Errorf("standard output has %d bytes, want %d", len(stdout), size)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "host")); string(text) != "from the host\n" {
		t.Errorf("the guest changed a file of the host to %q", text)
	}
	if _, err := os.Stat(filepath.Join(dir, "file")); err == nil {
		t.Error("a file that the guest made exists on the host")
	}
}

// TestCrash: a kernel panic is found and named.
func TestCrash(t *testing.T) {
	t.Parallel()
	res, _, _, err := run(t, vm.Config{}, `echo c > /proc/sysrq-trigger; sleep 1000`)
	var kernel *vm.KernelError
	if !errors.As(err, &kernel) {
		t.Fatalf("Run returned %v, want a KernelError", err)
	}
	if !strings.Contains(err.Error(), "sysrq triggered crash") {
		t.Errorf("error %q does not name the panic", err)
	}
	if log, _ := os.ReadFile(res.LogPath); !strings.Contains(string(log), "sysrq triggered crash") {
		t.Errorf("kernel log %s lacks the panic", res.LogPath)
	}
}

// TestWarningInLog: a problem that does not stop the kernel fails a command
// that succeeded.
func TestWarningInLog(t *testing.T) {
	t.Parallel()
	_, _, _, err := run(t, vm.Config{Icount: true}, `echo '<4>WARNING: CPU: 0 PID: 1 at made/up.c:1' > /dev/kmsg`)
	var kernel *vm.KernelError
	if !errors.As(err, &kernel) || len(kernel.Problems) != 1 || !strings.Contains(kernel.Problems[0].Text, "made/up.c") {
		t.Fatalf("Run returned %v, want a KernelError with the one warning", err)
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	// Shorter than any boot, so that the test does not depend on its speed.
	_, _, _, err := run(t, vm.Config{Timeout: time.Second}, `sleep 1000`)
	if !errors.Is(err, vm.ErrTimeout) {
		t.Fatalf("Run returned %v, want ErrTimeout", err)
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	_, _, _, err := run(t, vm.Config{Command: []string{"no-such-command"}}, "")
	if !errors.Is(err, vm.ErrNotFound) {
		t.Fatalf("Run returned %v, want ErrNotFound", err)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	testutil.RequireBoot(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(500*time.Millisecond, cancel)
	_, err := vm.Run(ctx, vm.Config{Command: []string{"sleep", "1000"}, Init: testutil.Rex(t), LogPath: filepath.Join(t.TempDir(), "log")})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("Run returned %v, want context.Canceled", err)
	}
}

func TestNoQEMU(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := vm.Run(t.Context(), vm.Config{Command: []string{"true"}})
	if !errors.Is(err, vm.ErrNoQEMU) || !strings.Contains(err.Error(), "qemu-system-x86)") {
		t.Fatalf("Run returned %v, want ErrNoQEMU with the package's name", err)
	}
}

func TestBadConfig(t *testing.T) {
	for _, cfg := range []vm.Config{
		{},
		{Command: []string{"true"}, CPUs: -1},
		{Command: []string{"true"}, Memory: 1},
		{Command: []string{"true"}, CPUs: 2, Icount: true},
	} {
		if _, err := vm.Run(t.Context(), cfg); err == nil || !strings.HasPrefix(err.Error(), "start vm: ") {
			t.Errorf("Run(%+v) returned %v", cfg, err)
		}
	}
}

func TestScanLog(t *testing.T) {
	bad := []string{
		"[    9.3] INFO: lockdep is turned off.",
		"[    9.4] kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
		"[    9.5] kmemleak: Kernel memory leak detector disabled",
		"[    5.1] WARNING: CPU: 0 PID: 1 at kernel/bpf/core.c:10 f+0x1/0x2",
		"[    5.1] BUG: kernel NULL pointer dereference, address: 0000000000000000",
		"[    5.1] kernel BUG at mm/slub.c:1!",
		"[    5.1] Oops: general protection fault, probably for non-canonical address 0xdead: 0000 [#1] PREEMPT SMP",
		"[    5.1] watchdog: BUG: soft lockup - CPU#0 stuck for 61s! [sh:1]",
		"[    5.1] rcu: INFO: rcu_preempt self-detected stall on CPU",
		"[    5.1] INFO: task sh:12 blocked for more than 120 seconds.",
		"[    5.1] Unpatched return thunk in use. This should not happen!",
		"[    5.1] Kernel panic - not syncing: x",
		"[    5.1] UBSAN: array-index-out-of-bounds in x.c:1:2",
	}
	good := []string{
		"[    0.0] Linux version 6.12.117+deb12-amd64",
		"[    0.0] Spectre V2 : WARNING about nothing",
		"[    1.0] ACPI BIOS Warning (bug): Incorrect checksum in table",
		"[    1.0] rex: loading out-of-tree module taints kernel.",
		"[    1.0] traps: prog[12] general protection fault ip:1 sp:2 error:0 in prog",
		"[    1.0] debug: unmapping init memory",
		"[    1.0] workqueue: f hogged CPU for >10000us 4 times, consider switching to WQ_UNBOUND",
	}
	problems := vm.ScanLog([]byte(strings.Join(append(good, bad...), "\r\n")))
	if len(problems) != len(bad) {
		t.Errorf("found %d problems, want %d: %v", len(problems), len(bad), problems)
	}
	for i, p := range problems {
		if i < len(bad) && p.Text != bad[i] {
			t.Errorf("problem %d is %q, want %q", i, p.Text, bad[i])
		}
	}
}
