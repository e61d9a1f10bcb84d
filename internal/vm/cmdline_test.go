// SPDX-License-Identifier: Apache-2.0

package vm

import "testing"

func TestHostTSC(t *testing.T) {
	const nominal = "processor\t: 0\nmodel name\t: Intel(R) Xeon(R) Processor @ 2.50GHz\nstepping\t: 8\ncpu MHz\t\t: 2999.998\n"
	const current = "processor\t: 0\nmodel name\t: AMD EPYC 7763 64-Core Processor\ncpu MHz\t\t: 2445.424\n"
	for text, want := range map[string]int{nominal: 2_500_000, current: 2_445_424, "processor: 0\n": 0} {
		if got := hostTSCKHz(text); got != want {
			t.Errorf("%d kHz, want %d, in\n%s", got, want, text)
		}
	}
}
