// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// errHangs: the guest has not ended a package's tests, which have a limit there,
// too.
var errHangs = errors.New("the vm hangs")

// runVM runs the tests of packages in one VM and returns its exit status.
func runVM(ctx context.Context, o options, dir string, packages []*testPackage) (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	args := []string{"vm", "-v", "-kernel", o.kernel, "-nics", "2", "-mem", fmt.Sprint(o.mem)}
	if o.boot != "" {
		args = append(args, "-append", o.boot)
	}
	if o.bench {
		args = append(args, "-icount")
	} else {
		args = append(args, "-smp", fmt.Sprint(o.smp))
	}
	if o.debug {
		args = append(args, "-debug")
	}
	args = append(args, "--", self, "-guest", "-t", o.limit.String(), "-run", o.run, fmt.Sprintf("-bench=%v", o.bench), fmt.Sprintf("-v=%v", o.verbose))
	for _, p := range packages {
		args = append(args, p.path+"="+p.dir+"="+p.bin)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// The limit is the guest's to keep; it gets as much again, for the boot and
	// for what comes after a package's tests.
	patience := 2 * o.limit
	life := &signs{w: os.Stdout, patience: patience}
	life.timer = time.AfterFunc(patience, func() { cancel(fmt.Errorf("%w: no package ended for %v", errHangs, patience)) })
	defer life.timer.Stop()
	cmd := exec.CommandContext(ctx, o.rex, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	bin, err := filepath.Abs(o.rex)
	if err != nil {
		return 0, err
	}
	cmd.Env = append(os.Environ(), objectsEnv+"="+dir, "REX_BIN="+bin)
	if o.debug {
		cmd.Env = append(cmd.Env, "REX_DEBUG=1")
	}
	cmd.Stdout, cmd.Stderr = life, os.Stderr
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case errors.As(err, &exit):
		return max(exit.ExitCode(), 1), nil
	}
	return 0, err
}

// signs passes on what the guest prints, which it does whenever a package has
// ended, and takes it for a sign of life.
type signs struct {
	w        io.Writer
	patience time.Duration
	timer    *time.Timer
}

func (s *signs) Write(p []byte) (int, error) {
	s.timer.Reset(s.patience)
	return s.w.Write(p)
}
