// SPDX-License-Identifier: Apache-2.0

package hooks_test

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
)

// call mirrors the extension's type.
type call struct {
	Count, Returns        uint64
	Arg, Return, Function uint64
	Name                  [64]byte
	NameLen               uint64
}

func (c *call) name() string { return string(c.Name[:min(c.NameLen, 64)]) }

// TestVMKprobe: entry and return of a system call are seen exactly as often as
// this process calls it, with argument and result.
func TestVMKprobe(t *testing.T) {
	needVM(t)
	ext := load(t, "hooks")
	only(t, ext)
	entry, err := ext.AttachKprobe("Getpgid")
	if err != nil {
		t.Fatal(err)
	}
	ret, err := ext.AttachKprobe("GetpgidReturn")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []link.Link{entry, ret} {
		if k := shown(t, l, "perf_event").PerfEvent().Kprobe(); k == nil || k.Function != "__x64_sys_getpgid" {
			t.Errorf("link: %+v", k)
		}
	}

	const n = 1000
	pid := os.Getpid()
	var want int
	for range n {
		if want, err = getpgid(pid); err != nil {
			t.Fatal(err)
		}
	}
	c := lookup[call](t, ext, "calls", 0)
	if c.Count != n || c.Returns != n || c.Arg != uint64(pid) || c.Return != uint64(want) || c.Function == 0 {
		t.Errorf("after %d calls: %+v (pid %d, group %d)", n, c, pid, want)
	}
	// A failing call's result is the negative errno.
	if _, err := getpgid(1 << 22); err != unix.ESRCH {
		t.Errorf("getpgid of nothing: %v", err)
	}
	if c := lookup[call](t, ext, "calls", 0); int64(c.Return) != -int64(unix.ESRCH) || c.Arg != 1<<22 {
		t.Errorf("failing call: %+v", c)
	}
	// Detached, nothing is counted.
	if err := errors.Join(entry.Close(), ret.Close()); err != nil {
		t.Fatal(err)
	}
	getpgid(pid)
	if c := lookup[call](t, ext, "calls", 0); c.Count != n+1 || c.Returns != n+1 {
		t.Errorf("after detaching: %+v", c)
	}
	noEvents(t, ext)
}

// TestVMReadMemory: the file name of openat, through user space's pointer, at a
// kprobe and at a tracepoint.
func TestVMReadMemory(t *testing.T) {
	needVM(t)
	ext := load(t, "hooks")
	only(t, ext)
	if _, err := ext.AttachKprobe("OpenName"); err != nil {
		t.Fatal(err)
	}
	l, err := ext.AttachTracepoint("Open")
	if err != nil {
		t.Fatal(err)
	}
	if p := shown(t, l, "perf_event").PerfEvent().Tracepoint(); p == nil || p.Tracepoint != "sys_enter_openat" {
		t.Errorf("link: %+v", p)
	}
	path := "/rex/" + strings.Repeat("x", 30)
	for range 3 {
		fd, err := unix.Openat(unix.AT_FDCWD, path, unix.O_RDONLY|unix.O_NOFOLLOW, 0)
		if err == nil {
			unix.Close(fd)
			t.Fatal("file exists")
		}
	}
	c := lookup[call](t, ext, "calls", 1)
	if c.Count != 3 || c.name() != path || int32(c.Arg) != unix.AT_FDCWD {
		t.Errorf("kprobe: %q, %+v", c.name(), c)
	}
	c = lookup[call](t, ext, "calls", 2)
	if c.Count != 3 || c.name() != path || c.Arg != unix.SYS_OPENAT || c.Return&unix.O_NOFOLLOW == 0 {
		t.Errorf("tracepoint: %q, %+v", c.name(), c)
	}
	// A bad pointer is an error, not a fault.
	before := lookup[call](t, ext, "calls", 1).Return
	if _, _, e := unix.Syscall6(unix.SYS_OPENAT, ^uintptr(99), 0x1000, 0, 0, 0, 0); e != unix.EFAULT {
		t.Errorf("openat of a bad pointer: %v", e)
	}
	if c := lookup[call](t, ext, "calls", 1); c.Return != before+1 {
		t.Errorf("bad pointer: %d errors, then %d", before, c.Return)
	}
	noEvents(t, ext)
}

// TestVMTracepoint: a record with a field of variable length.
func TestVMTracepoint(t *testing.T) {
	needVM(t)
	ext := load(t, "hooks")
	l, err := ext.AttachTracepoint("OnExec")
	if err != nil {
		t.Fatal(err)
	}
	shown(t, l, "perf_event")
	bin, err := exec.LookPath("true")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin)
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	c := lookup[call](t, ext, "calls", 3)
	if c.Count == 0 || strings.TrimRight(c.name(), "\x00") != bin || !strings.HasSuffix(c.name(), "\x00") ||
		c.Arg != uint64(cmd.Process.Pid) || c.Return != c.Arg {
		t.Errorf("%s, process %d: %q, %+v", bin, cmd.Process.Pid, c.name(), c)
	}
	noEvents(t, ext)
}

// TestVMOverrideReturn: a system call is answered by the program, for good and
// again and again; a function that is none is not.
func TestVMOverrideReturn(t *testing.T) {
	needVM(t)
	ext := load(t, "hooks")
	only(t, ext)
	l, err := ext.AttachKprobe("Deny")
	if err != nil {
		t.Fatal(err)
	}
	const n = 1000
	for range n {
		if _, err := getpgid(4242); err != unix.EPERM {
			t.Fatalf("getpgid: %v", err)
		}
		if _, err := getpgid(os.Getpid()); err != nil {
			t.Fatal(err)
		}
	}
	if c := lookup[call](t, ext, "calls", 4); c.Count != n {
		t.Errorf("%+v", c)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := getpgid(4242); err != unix.ESRCH {
		t.Errorf("detached: %v", err)
	}
	if _, err := ext.AttachKprobe("DenyOpen"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile("/proc/self/stat"); err != nil {
		t.Error(err)
	}
	if c := lookup[call](t, ext, "calls", 5); c.Count == 0 || c.Returns != c.Count {
		t.Errorf("%+v", c)
	}
	noEvents(t, ext)
}

// task mirrors the extension's type.
type task struct {
	PID, TGID, UID, GID, NUMA, Random uint32
	Comm                              [16]byte
	Cgroup, Start, Boot, Coarse       uint64
	Mono, Jiffies                     uint64
}

// TestVMTask: the current task, the clocks and the rest of the environment.
func TestVMTask(t *testing.T) {
	needVM(t)
	ext := load(t, "hooks")
	only(t, ext)
	if _, err := ext.AttachKprobe("WhoAmI"); err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	// The thread keeps its credentials: it ends with the test.
	if err := unix.Setresgid(1234, 1234, 0); err != nil {
		t.Fatal(err)
	}
	defer unix.Setresgid(0, 0, 0)
	if err := unix.Prctl(unix.PR_SET_NAME, strptr("rexthread"), 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	clock := func(id int32) uint64 {
		var ts unix.Timespec
		if err := unix.ClockGettime(id, &ts); err != nil {
			t.Fatal(err)
		}
		return uint64(ts.Nano())
	}
	mono, boot, coarse := clock(unix.CLOCK_MONOTONIC), clock(unix.CLOCK_BOOTTIME), clock(unix.CLOCK_MONOTONIC_COARSE)
	unix.Getppid()
	v := lookup[task](t, ext, "tasks", 0)
	mono2, boot2, now := clock(unix.CLOCK_MONOTONIC), clock(unix.CLOCK_BOOTTIME), clock(unix.CLOCK_MONOTONIC)
	if int(v.PID) != unix.Gettid() || int(v.TGID) != os.Getpid() || v.UID != 0 || v.GID != 1234 {
		t.Errorf("ids: %+v; want thread %d, process %d", v, unix.Gettid(), os.Getpid())
	}
	if got := string(v.Comm[:]); got != "rexthread\x00\x00\x00\x00\x00\x00\x00" {
		t.Errorf("comm %q", got)
	}
	if v.Mono < mono || v.Mono > mono2 || v.Boot < boot || v.Boot > boot2 || v.Coarse < coarse || v.Coarse > now {
		t.Errorf("clocks: %+v; monotonic %d to %d, boot %d to %d, coarse from %d", v, mono, mono2, boot, boot2, coarse)
	}
	if v.Start == 0 || v.Start > v.Boot || v.Jiffies == 0 || v.Cgroup == 0 {
		t.Errorf("start, jiffies, cgroup: %+v", v)
	}
	// Two draws alike would be a chance of one in four thousand million.
	unix.Getppid()
	if w := lookup[task](t, ext, "tasks", 0); w.Random == v.Random {
		t.Errorf("random number %d twice", v.Random)
	}
	noEvents(t, ext)
}

// TestVMProbeErrors: what cannot be attached says why, and leaves nothing.
func TestVMProbeErrors(t *testing.T) {
	needVM(t)
	ext := load(t, "badhooks")
	for prog, want := range map[string]error{
		"NoFunction":  loader.ErrNoFunction,
		"NoKprobe":    loader.ErrNotTraceable,
		"NotAFunc":    loader.ErrNotTraceable,
		"NoSuchThing": loader.ErrNoProgram,
		// A panic leaves these without returning through them.
		"RuntimePanic":  loader.ErrNotTraceable,
		"RuntimeHelper": loader.ErrNotTraceable,
		"GoFunction":    loader.ErrNotTraceable,
	} {
		if _, err := ext.AttachKprobe(prog); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", prog, err, want)
		} else {
			t.Log(err)
		}
	}
	// They are there, and it is not their name that is refused.
	kallsyms, err := os.ReadFile("/proc/kallsyms")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rex_panic", "rex_map_lookup", "badhooks.NoFunction"} {
		if !strings.Contains(string(kallsyms), " "+name+"\t") {
			t.Errorf("kallsyms has no %s", name)
		}
	}
	if _, err := ext.AttachTracepoint("NoFunction"); !errors.Is(err, loader.ErrProgramType) {
		t.Errorf("kprobe program at a tracepoint: %v", err)
	}
}

// TestVMRecordErrors: a record that differs from the kernel's is refused at
// load, and both sides are shown.
func TestVMRecordErrors(t *testing.T) {
	needVM(t)
	_, err := loader.Load(object(t, "badrecord"), loader.Options{})
	var rec *loader.RecordError
	if !errors.As(err, &rec) || !errors.Is(err, loader.ErrRecord) || len(rec.Differences) != 4 {
		t.Fatalf("error %v", err)
	}
	t.Log(err)
	for i, want := range []string{
		`PrevPID: offset 24, size 8; the kernel's "pid_t prev_pid": offset 24, size 4`,
		`Colour: the kernel has no colour (it has prev_comm, `,
		`Beyond: offset 36, size 64; the kernel's "int next_prio": offset 60, size 4`,
		`ends at 104, the kernel's at 64`,
	} {
		if !strings.Contains(rec.Differences[i], want) {
			t.Errorf("difference %d lacks %q: %s", i, want, rec.Differences[i])
		}
	}
	if _, err := loader.Load(object(t, "badevent"), loader.Options{}); !errors.Is(err, loader.ErrNoEvent) {
		t.Errorf("missing event: %v", err)
	}
}

// TestVMRecordTooSmall: whoever attaches the program elsewhere is refused by the
// kernel when the event's records are smaller than what the program reads.
func TestVMRecordTooSmall(t *testing.T) {
	needVM(t)
	ext := load(t, "hooks")
	p, err := ext.Program("Open")
	if err != nil {
		t.Fatal(err)
	}
	l, err := link.Tracepoint("syscalls", "sys_enter_getpgid", p, nil)
	if err == nil {
		l.Close()
		t.Fatal("attached to an event with smaller records")
	}
	if !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("error %v", err)
	}
	// One that is large enough is taken, though it makes no sense.
	l, err = link.Tracepoint("syscalls", "sys_enter_mmap", p, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
