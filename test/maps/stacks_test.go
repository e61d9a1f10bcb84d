// SPDX-License-Identifier: Apache-2.0

package maps_test

import (
	"bufio"
	"errors"
	"os"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/maps/testdata/stacks"
)

// symbols are the kernel's, sorted by address.
type symbols []struct {
	addr uint64
	name string
}

func readSymbols(t *testing.T) (all symbols) {
	t.Helper()
	f, err := os.Open("/proc/kallsyms")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		w := strings.Fields(lines.Text())
		if len(w) < 3 || !strings.Contains("tTwW", w[1]) {
			continue
		}
		addr, err := strconv.ParseUint(w[0], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, struct {
			addr uint64
			name string
		}{addr, w[2]})
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].addr < all[j].addr })
	return all
}

// names gives the functions of a kernel stack, innermost first.
func (s symbols) names(stack []uint64) (all []string) {
	for _, addr := range stack {
		i := sort.Search(len(s), func(i int) bool { return s[i].addr > addr }) - 1
		if i < 0 {
			all = append(all, "?")
			continue
		}
		// Of several names of a function the first.
		for i > 0 && s[i-1].addr == s[i].addr {
			i--
		}
		all = append(all, s[i].name)
	}
	return all
}

// inOrder reports whether want are elements of all, in that order.
func inOrder(all []string, want ...string) bool {
	for _, name := range all {
		if len(want) > 0 && strings.HasPrefix(name, want[0]) {
			want = want[1:]
		}
	}
	return len(want) == 0
}

// goNames gives the functions of a stack of this process.
func goNames(stack []uint64) (all []string) {
	for _, pc := range stack {
		if f := runtime.FuncForPC(uintptr(pc)); f != nil {
			all = append(all, f.Name())
		} else {
			all = append(all, "?")
		}
	}
	return all
}

func stackOf(t *testing.T, ext *loader.Extension, id uint32) []uint64 {
	t.Helper()
	stack, err := loader.ReadStack(mapOf(t, ext, "table"), id)
	if err != nil {
		t.Fatal(err)
	}
	return stack
}

func seenAt(t *testing.T, ext *loader.Extension, at uint32) (s stacks.Seen) {
	t.Helper()
	if err := mapOf(t, ext, "seen").Lookup(at, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// attach attaches a probe or tracepoint program until the test ends.
func attach(t *testing.T, ext *loader.Extension, program string) {
	t.Helper()
	f := ext.AttachTracepoint
	for _, p := range ext.Object().Programs() {
		if p.Name == program && strings.HasSuffix(p.Type, "probe") {
			f = ext.AttachKprobe
		}
	}
	l, err := f(program)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
}

func loadStacks(t *testing.T) *loader.Extension {
	t.Helper()
	ext := load(t, "stacks", loader.Options{})
	if err := mapOf(t, ext, "only").Put(uint32(0), uint32(os.Getpid())); err != nil {
		t.Fatal(err)
	}
	return ext
}

// ended fails the test when a program of the extension has not ended well.
func ended(t *testing.T, ext *loader.Extension) {
	t.Helper()
	st, err := ext.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if n := st.Panics + st.Timeouts + st.StackOverflows; n != 0 {
		t.Errorf("%+v: %v", st, messages(t, ext, int(n)))
	}
}

// sleep does not tell Go's scheduler, which would have the thread wait in
// another system call when it is back.
func sleep() {
	unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&unix.Timespec{Nsec: 1e6})), 0, 0)
}

//go:noinline
func callGetpgid() { unix.Getpgid(0) }

// TestVMStacks: probes and tracepoints get the stack that they interrupt, in the
// kernel and in this process, both stored and copied.
func TestVMStacks(t *testing.T) {
	ext := loadStacks(t)
	syms := readSymbols(t)
	for _, p := range []struct {
		program string
		at      uint32
		cause   func()
		kernel  []string
	}{
		{"Kprobe", stacks.AtKprobe, callGetpgid, []string{"__x64_sys_getpgid", "do_syscall_64", "entry_SYSCALL_64"}},
		{"Kretprobe", stacks.AtKretprobe, callGetpgid, []string{"do_syscall_64", "entry_SYSCALL_64"}},
		{"Syscall", stacks.AtSyscall, callGetpgid, []string{"do_syscall_64", "entry_SYSCALL_64"}},
		{"Switch", stacks.AtSwitch, sleep, []string{"__schedule", "schedule", "do_nanosleep", "do_syscall_64", "entry_SYSCALL_64"}},
	} {
		t.Run(p.program, func(t *testing.T) {
			attach(t, ext, p.program)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			if err := mapOf(t, ext, "only").Put(uint32(1), uint32(unix.Gettid())); err != nil {
				t.Fatal(err)
			}
			// What the thread was switched away for at last may be an interrupt.
			for range 100 {
				p.cause()
				s := seenAt(t, ext, p.at)
				if s.Runs == 0 {
					t.Fatal("the program did not run")
				}
				if s.KernelErr != 0 || s.UserErr != 0 || s.CopyErr != 0 {
					t.Fatalf("errors: %+v", s)
				}
				stack, user := stackOf(t, ext, s.Kernel), stackOf(t, ext, s.User)
				names := syms.names(stack)
				if !inOrder(names, p.kernel...) {
					if p.program == "Switch" {
						continue
					}
					t.Fatalf("kernel stack %v, want %v", names, p.kernel)
				}
				t.Logf("kernel: %v; user: %v", names, goNames(user))
				for i := range stack[1:] {
					if stack[i] == stack[i+1] {
						t.Errorf("frame %d (%s) is there twice", i, names[i])
					}
				}
				if int(s.Depth) != len(stack) || !slices.Equal(s.Copy[:min(len(stack), 8)], stack[:min(len(stack), 8)]) {
					t.Errorf("stored %#x, copied %#x of %d", stack, s.Copy, s.Depth)
				}
				if want := uint32(min(len(stack)-2, 8)); s.Same != want {
					t.Errorf("%d frames are the same without the first two, want %d", s.Same, want)
				}
				if int(s.UserDepth) != len(user) {
					t.Errorf("user stack: %d stored, %d copied", len(user), s.UserDepth)
				}
				if u := goNames(user); p.program != "Switch" && !inOrder(u, "github.com/rex-go/rex/test/maps_test.callGetpgid", "github.com/rex-go/rex/test/maps_test.TestVMStacks", "testing.tRunner") {
					t.Errorf("user stack %v", u)
				}
				return
			}
			t.Error("no such stack was seen")
		})
	}
	ended(t, ext)
}

// TestVMStacksInInterrupt: a tracepoint in an interrupt gets the interrupt's
// stack and what it interrupted.
func TestVMStacksInInterrupt(t *testing.T) {
	ext := loadStacks(t)
	syms := readSymbols(t)
	attach(t, ext, "Timer")
	for range 100 {
		time.Sleep(5 * time.Millisecond)
		if s := seenAt(t, ext, stacks.AtTimer); s.Runs > 0 && s.KernelErr == 0 {
			names := syms.names(stackOf(t, ext, s.Kernel))
			t.Log(names)
			// In between is hrtimer_interrupt, or the periodic tick. A
			// thread runs most timers on PREEMPT_RT.
			if !inOrder(names, "__hrtimer_run_queues", "__sysvec_apic_timer_interrupt", "asm_sysvec_apic_timer_interrupt") &&
				!(kit.Realtime() && inOrder(names, "__hrtimer_run_queues", "hrtimer_run_softirq", "kthread")) {
				t.Errorf("kernel stack %v", names)
			}
			ended(t, ext)
			return
		}
	}
	t.Error("no timer expired")
}

// TestVMStacksOfPrograms: what is interrupted on a program stack, which the kernel
// cannot walk, is one address.
func TestVMStacksOfPrograms(t *testing.T) {
	ext := loadStacks(t)
	syms := readSymbols(t)
	attach(t, ext, "Nested")
	if v := run(t, ext, "Outer", packet(), 1); v != drop {
		t.Errorf("verdict %d", v)
	}
	s := seenAt(t, ext, stacks.AtNested)
	if s.Runs != 1 || s.KernelErr != 0 || s.CopyErr != 0 {
		t.Fatalf("%+v", s)
	}
	if names := syms.names(stackOf(t, ext, s.Kernel)); len(names) != 1 || names[0] != "htab_map_update_elem" {
		t.Errorf("kernel stack %v", names)
	}
	ended(t, ext)
}

//go:noinline
func spin(n int) (sum int) {
	for i := range n {
		sum += i * i
	}
	return sum
}

// TestVMStacksOfSamples: a profiler's counts are those of the functions that
// take the time.
func TestVMStacksOfSamples(t *testing.T) {
	ext := loadStacks(t)
	syms := readSymbols(t)
	period := kit.Apart(t, 1_000_000)
	if _, err := ext.AttachPerfEvent("Sample", loader.PerfEventOptions{Period: period}); err != nil {
		t.Fatal(err)
	}
	var inSpin, inKernel uint64
	for end := time.Now().Add(kit.Patience); (inSpin < 20 || inKernel < 20) && time.Now().Before(end); {
		inSpin, inKernel = 0, 0
		sink += spin(int(period))
		for range 2000 {
			callGetpgid()
		}
		var key [2]uint32
		var n uint64
		for it := mapOf(t, ext, "counts").Iterate(); it.Next(&key, &n); {
			if key[1] != 1<<32-1 && inOrder(goNames(stackOf(t, ext, key[1])), "github.com/rex-go/rex/test/maps_test.spin", "testing.tRunner") {
				inSpin += n
			}
			if key[0] != 1<<32-1 && inOrder(syms.names(stackOf(t, ext, key[0])), "do_syscall_64", "entry_SYSCALL_64") {
				inKernel += n
			}
		}
	}
	t.Logf("%d samples in spin, %d in system calls", inSpin, inKernel)
	if inSpin < 20 || inKernel < 20 {
		t.Error("too few")
	}
	ended(t, ext)
}

// TestVMStacksOfPreciseSamples: what the hardware says of a precise sample may
// be of another moment than its registers, from which no stack is walked. The
// clock takes the same flag as the hardware, which the VM has none of.
func TestVMStacksOfPreciseSamples(t *testing.T) {
	ext := loadStacks(t)
	if _, err := ext.AttachPerfEvent("Sample", loader.PerfEventOptions{Period: 1_000_000, Precise: 2}); err != nil {
		t.Fatal(err)
	}
	var s stacks.Seen
	for range 1000 {
		sink += spin(1_000_000)
		if s = seenAt(t, ext, stacks.AtSample); s.Runs > 0 {
			break
		}
	}
	const refused = uint32(unix.EOPNOTSUPP)
	if s.Runs == 0 || s.KernelErr != refused || s.UserErr != refused || s.CopyErr != refused || s.Depth != 0 || s.Copy != [8]uint64{} {
		t.Errorf("%+v", s)
	}
	ended(t, ext)
	if _, err := ext.AttachPerfEvent("Sample", loader.PerfEventOptions{Precise: 4}); err == nil || !strings.Contains(err.Error(), "precision 4") {
		t.Errorf("precision 4: %v", err)
	}
	if _, err := ext.AttachPerfEvent("Sample", loader.PerfEventOptions{Hardware: true, Precise: 2}); !errors.Is(err, loader.ErrNoPerfEvent) {
		t.Logf("there is a hardware event: %v", err)
	}
}

var sink int

// TestVMStackMisuse: flags that the kernel does not know, stacks that are not
// there, a table that is not there.
func TestVMStackMisuse(t *testing.T) {
	ext := loadStacks(t)
	attach(t, ext, "Misuse")
	unix.Getsid(0)
	s := seenAt(t, ext, stacks.AtKprobe)
	if s.KernelErr != uint32(unix.EINVAL) || s.UserErr != uint32(unix.EFAULT) || s.CopyErr != uint32(unix.EINVAL) || s.Copy != [8]uint64{} {
		t.Errorf("%+v", s)
	}
	attach(t, ext, "NilTable")
	unix.Getpriority(unix.PRIO_PROCESS, 0)
	if m := messages(t, ext, 1)[0]; !strings.Contains(m, "nil pointer dereference") {
		t.Error(m)
	}
	if _, err := loader.ReadStack(mapOf(t, ext, "table"), 4095); !errors.Is(err, ebpf.ErrKeyNotExist) {
		t.Errorf("stack that is not there: %v", err)
	}
}
