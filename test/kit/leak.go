// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"

	"github.com/rex-go/rex/internal/kctl"
	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/internal/vm"
)

// Need skips a test that is not in the VM. In it, it makes the test fail when
// something is left in the kernel at its end, when the kernel has complained in
// its log meanwhile, or when a rex.ko that looks for that (vmtest -debug) found
// the CPU's state changed by an invocation. It is called first: what the test does at its end
// (Cleanup) then comes before the check.
func Need(t testing.TB) {
	t.Helper()
	testutil.VM(t)
	before := TakeSnapshot(t)
	log, err := kctl.OpenKmsg()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		Settle(t, before)
		checkState(t)
		if s := State(t); s != "" {
			t.Log(s)
		}
		for _, p := range vm.ScanLog([]byte(strings.Join(log.Lines(), "\n"))) {
			t.Errorf("kernel log: %s", p.Text)
		}
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Snapshot is the set of all that loading and attaching make, each by a name:
// kernel modules, BPF programs, maps, links and BTF objects, references to
// rex.ko, and this process's file descriptors for them.
type Snapshot map[string]bool

// TakeSnapshot lists what there is now.
func TakeSnapshot(t testing.TB) Snapshot {
	t.Helper()
	all := Snapshot{}
	mods, err := os.ReadDir("/sys/module")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mods {
		all["kernel module "+m.Name()] = true
	}
	for id, err := ebpf.ProgramGetNextID(0); err == nil; id, err = ebpf.ProgramGetNextID(id) {
		all[fmt.Sprintf("program %d", id)] = true
	}
	for id, err := ebpf.MapGetNextID(0); err == nil; id, err = ebpf.MapGetNextID(id) {
		all[fmt.Sprintf("map %d", id)] = true
	}
	var links link.Iterator
	for links.Next() {
		all[fmt.Sprintf("link %d", links.ID)] = true
	}
	var types btf.HandleIterator
	for types.Next() {
		info, err := types.Handle.Info()
		if err != nil {
			t.Fatal(err)
		}
		name := "of " + info.Name
		if !info.IsKernel {
			name = fmt.Sprint(info.ID)
		}
		all["BTF object "+name] = true
	}
	users, err := RexUsers()
	if err := errors.Join(links.Err(), types.Err(), err); err != nil {
		t.Fatal(err)
	}
	all.count(users, "reference %d to rex.ko")
	for kind, n := range descriptors() {
		all.count(n, "file descriptor %d of "+kind)
	}
	return all
}

// count adds n things that have no name but their number.
func (s Snapshot) count(n int, format string) {
	for i := range n {
		s[fmt.Sprintf(format, i+1)] = true
	}
}

// Since lists what has been added since another snapshot.
func (s Snapshot) Since(before Snapshot) []string {
	var more []string
	for _, k := range slices.Sorted(maps.Keys(s)) {
		if !before[k] {
			more = append(more, k)
		}
	}
	return more
}

// Settle waits until the kernel has nothing that it did not have before: it
// frees programs and maps some time after their last reference is gone.
func Settle(t testing.TB, before Snapshot) {
	t.Helper()
	var more []string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if more = TakeSnapshot(t).Since(before); more == nil {
			return
		}
	}
	t.Errorf("left in the kernel: %s", strings.Join(more, ", "))
}

// RexUsers is rex.ko's reference count.
func RexUsers() (int, error) {
	mods, err := os.ReadFile("/proc/modules")
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(mods) {
		if f := strings.Fields(string(line)); f[0] == "rex" {
			return strconv.Atoi(f[2])
		}
	}
	return 0, errors.New("find rex.ko: not in /proc/modules")
}

// descriptors counts this process's file descriptors that hold something of
// BPF, perf or rex.ko.
func descriptors() map[string]int {
	kinds := map[string]int{}
	links, _ := filepath.Glob("/proc/self/fd/*")
	for _, l := range links {
		to, err := os.Readlink(l)
		if err != nil {
			continue // the one that Glob had open
		}
		if strings.Contains(to, "bpf") || strings.Contains(to, "btf") || strings.Contains(to, "perf") || to == "/dev/rex" {
			kinds[to]++
		}
	}
	return kinds
}
