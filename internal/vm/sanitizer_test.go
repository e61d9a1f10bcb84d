// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"slices"
	"strings"
	"testing"
)

// TestLostOptions: what Kconfig did not take over is found, whichever way.
func TestLostOptions(t *testing.T) {
	const config = "# A comment\nCONFIG_A=y\nCONFIG_B=\"text\"\n# CONFIG_C is not set\nCONFIG_D=m\nCONFIG_N=17\n"
	for _, tt := range []struct {
		fragment string
		lost     []string
	}{
		{"CONFIG_A=y\nCONFIG_B=\"text\"\n# CONFIG_C is not set\nCONFIG_N=17\n", nil},
		{"# CONFIG_ABSENT is not set\n# CONFIG_A=y stands in a comment\n\n", nil},
		{"CONFIG_C=y\n", []string{"CONFIG_C=y"}},
		{"CONFIG_ABSENT=y\n", []string{"CONFIG_ABSENT=y"}},
		{"CONFIG_D=y\nCONFIG_N=16\n", []string{"CONFIG_D=y", "CONFIG_N=16"}},
		{"# CONFIG_A is not set\n", []string{"# CONFIG_A is not set"}},
	} {
		if got := lostOptions(tt.fragment, config); !slices.Equal(got, tt.lost) {
			t.Errorf("lostOptions(%q) = %q, want %q", tt.fragment, got, tt.lost)
		}
	}
}

// TestSanitizerConfig: the fragment asks for everything once, and for the
// checkers that the kernel is there for.
func TestSanitizerConfig(t *testing.T) {
	seen := map[string]bool{}
	for line := range strings.Lines(sanitizerConfig) {
		line = strings.TrimSpace(line)
		name, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(line, "# "), " is not set"), "=")
		if !strings.HasPrefix(name, "CONFIG_") {
			continue
		}
		if seen[name] {
			t.Errorf("%s stands there twice", name)
		}
		seen[name] = true
	}
	for _, want := range []string{"KASAN", "KASAN_VMALLOC", "PROVE_LOCKING", "PROVE_RCU", "DEBUG_ATOMIC_SLEEP", "DEBUG_PREEMPT", "DEBUG_KMEMLEAK"} {
		if !strings.Contains(sanitizerConfig, "\nCONFIG_"+want+"=y\n") {
			t.Errorf("%s is not asked for", want)
		}
	}
	if got := releaseFlavour("6.12.1-" + Flavours[Sanitizer]); got != Flavours[Sanitizer] {
		t.Errorf("the cache would know the kernel as %s", got)
	}
}
