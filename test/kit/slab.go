// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// slabs counts the objects in the caches that helpers allocate from.
func slabs(t testing.TB) (n int) {
	t.Helper()
	raw, err := os.ReadFile("/proc/slabinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(line)
		if len(f) < 2 || !strings.HasPrefix(f[0], "kmalloc-") && !strings.HasPrefix(f[0], "skbuff_") && f[0] != "task_struct" {
			continue
		}
		active, err := strconv.Atoi(f[1])
		if err != nil {
			t.Fatal(err)
		}
		n += active
	}
	if n == 0 {
		t.Fatal("no caches in /proc/slabinfo")
	}
	return n
}

// drainQuarantine has KASAN give back what was freed. It keeps that, up to a
// thirty-second of the memory, to recognise its use (mm/kasan/quarantine.c).
func drainQuarantine(t testing.TB) {
	t.Helper()
	if !Sanitizers() {
		return
	}
	caches, err := os.ReadDir("/sys/kernel/slab")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range caches {
		if err := os.WriteFile("/sys/kernel/slab/"+c.Name()+"/shrink", []byte("1"), 0); err != nil {
			t.Fatal(err)
		}
	}
}

// Slabs returns how many objects are in use in the caches that helpers allocate
// from.
func Slabs(t testing.TB) int {
	t.Helper()
	drainQuarantine(t)
	return slabs(t)
}

// CheckSlabs fails the test when there are many more objects than before, for n
// repetitions of what might leak one each: one for every hundred of them would
// be a leak. It returns how many more there are. What RCU frees takes a while.
func CheckSlabs(t testing.TB, before, n int) (grown int) {
	t.Helper()
	// What the rest of the system does is not nothing.
	limit := max(n/100, 250)
	for range 50 {
		if grown = Slabs(t) - before; grown <= limit {
			return grown
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("%d slab objects more than before", grown)
	return grown
}
