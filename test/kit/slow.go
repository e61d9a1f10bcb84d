// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/rex-go/rex/internal/vm"
)

// SanitizerFactor is by how much tests do less, or wait longer, on the sanitizer
// kernel: KASAN and lockdep check every access and every lock there, which
// takes five to twenty times as long in an emulated machine. They see a mistake
// the first time it is made; large numbers are for the other kernels, where a
// leak shows only by them.
const SanitizerFactor = 20

// Sanitizers reports whether the guest's kernel is the sanitizer kernel.
var Sanitizers = sync.OnceValue(func() bool {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	return err == nil && vm.HasSanitizers(strings.TrimSpace(string(release)))
})

// Realtime reports whether the guest's kernel is a PREEMPT_RT one.
var Realtime = sync.OnceValue(func() bool {
	b, err := os.ReadFile("/sys/kernel/realtime")
	return err == nil && strings.TrimSpace(string(b)) == "1"
})

// Times is how often a test does what it does usual times elsewhere.
func Times(t testing.TB, usual int) int {
	t.Helper()
	if !Sanitizers() {
		return usual
	}
	n := max(usual/SanitizerFactor, 1)
	t.Logf("sanitizer kernel: %d times rather than %d", n, usual)
	return n
}

// Apart is the time in nanoseconds between two interrupts that come usual apart
// elsewhere: with less the CPUs would do nothing else.
func Apart(t testing.TB, usual uint64) uint64 {
	t.Helper()
	if !Sanitizers() {
		return usual
	}
	t.Logf("sanitizer kernel: interrupts %d ns apart rather than %d ns", usual*SanitizerFactor, usual)
	return usual * SanitizerFactor
}
