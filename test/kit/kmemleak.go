// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"errors"
	"os"
	"time"
)

// kmemleak is the control file of the kernel's leak detector
// (Documentation/dev-tools/kmemleak.rst). The sanitizer kernel has it.
const kmemleak = "/sys/kernel/debug/kmemleak"

// kmemleakAge is how old an allocation is before it is reported
// (MSECS_MIN_AGE in mm/kmemleak.c, and some more).
const kmemleakAge = 6 * time.Second

// lostMemory returns what kmemleak reports; nothing on a kernel without it. A
// block is reported when two scans have found no pointer to it: one could have
// missed a pointer on the move.
func lostMemory() (string, error) {
	if _, err := os.Stat(kmemleak); errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	time.Sleep(kmemleakAge)
	for range 2 {
		if err := os.WriteFile(kmemleak, []byte("scan"), 0); err != nil {
			return "", err
		}
	}
	report, err := os.ReadFile(kmemleak)
	return string(report), err
}
