// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// errLost: the kernel has memory that nothing points to.
var errLost = errors.New("memory was lost")

// runGuest runs the compiled tests and returns the exit status.
func runGuest(o options, tests []string) int {
	code := 0
	for _, t := range tests {
		parts := strings.SplitN(t, "=", 3)
		if len(parts) != 3 {
			fmt.Fprintf(os.Stderr, "vmtest: malformed test %q\n", t)
			return 2
		}
		args := []string{"-test.timeout=" + o.limit.String(), "-test.run=" + o.run}
		if o.bench {
			args = []string{"-test.timeout=" + o.limit.String(), "-test.run=^$", "-test.bench=" + o.run, "-test.benchtime=1x"}
		}
		if o.verbose {
			args = append(args, "-test.v")
		}
		cmd := exec.Command(parts[2], args...)
		cmd.Dir = parts[1]
		start := time.Now()
		var out bytes.Buffer
		cmd.Stdout = &out
		if o.verbose {
			cmd.Stdout = os.Stdout // as it comes
		}
		cmd.Stderr = cmd.Stdout
		err := cmd.Run()
		if lost, lerr := lostMemory(); err == nil && (lost != "" || lerr != nil) {
			err = errors.Join(errLost, lerr)
			fmt.Fprintf(&out, "kmemleak: %v\n%s", err, lost)
		}
		seconds := time.Since(start).Seconds()
		switch {
		case err != nil:
			code = 1
			fmt.Printf("%sFAIL\t%s\t%.3fs (vm)\n", out.String(), parts[0], seconds)
		case o.bench:
			fmt.Print(strings.TrimSuffix(out.String(), "PASS\n"))
		default:
			fmt.Printf("ok  \t%s\t%.3fs (vm)\n", parts[0], seconds)
		}
	}
	if code != 0 {
		fmt.Println("FAIL")
	}
	return code
}

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
