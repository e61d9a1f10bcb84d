// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/internal/vm"
	"github.com/rex-go/rex/loader"
)

// kernel says where we are.
func (d *demo) kernel(context.Context) error {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return err
	}
	step("kernel %s, as Debian ships it", unix.ByteSliceToString(u.Release[:]))
	if err := loader.Check(); err != nil {
		return err
	}
	ok("rex.ko is loaded; CPU flags, lockdown and signature rules allow extensions")
	return nil
}

// kernelLog returns an error that quotes the lines of the kernel log that report
// a misbehaving kernel.
func kernelLog() error {
	buf := make([]byte, 8<<20)
	n, err := unix.Klogctl(unix.SYSLOG_ACTION_READ_ALL, buf)
	if err != nil {
		return fmt.Errorf("read kernel log: %w", err)
	}
	var bad []string
	for _, p := range vm.ScanLog(buf[:n]) {
		bad = append(bad, p.Text)
	}
	if len(bad) > 0 {
		return fmt.Errorf("the kernel log complains:\n%s", strings.Join(bad, "\n"))
	}
	return nil
}

// clean checks that nothing of the demo is left in the kernel.
func (d *demo) clean(ctx context.Context) error {
	step("afterwards")
	exts, err := loader.List()
	if err != nil {
		return err
	}
	if len(exts) != 0 {
		return fmt.Errorf("still loaded: %v", exts)
	}
	// BPF programs and maps are freed a grace period after their last user.
	err = eventually(ctx, "leftovers", func() error {
		for _, kind := range []string{"link", "prog", "map"} {
			out, err := bpftool(kind, "show")
			if err != nil {
				return err
			}
			for _, name := range []string{"Count", "Parse", "stats", "blocked", "counts", "xdp "} {
				if strings.Contains(out, name) {
					return fmt.Errorf("bpftool %s show still lists %s:\n%s", kind, name, out)
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	refs, err := os.ReadFile("/sys/module/rex/refcnt")
	if err != nil {
		return err
	}
	if r := strings.TrimSpace(string(refs)); r != "0" {
		return fmt.Errorf("rex.ko still has %s references", r)
	}
	ok("no extension, program, link or map is left; rex.ko has no references")
	if err := kernelLog(); err != nil {
		return err
	}
	ok("the kernel log holds no warning, bug, oops, stall or lockup")
	return nil
}
