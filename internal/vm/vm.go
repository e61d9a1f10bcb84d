// SPDX-License-Identifier: Apache-2.0

// Package vm runs a command as root inside a throw-away virtual machine that
// boots a stock Debian kernel and shows the host's file system, with a
// temporary layer on top for what the command writes.
//
// The machine is QEMU with software emulation. Process 1 in it is the rex
// binary itself (package guest); the root file system is the host's, read-only
// over 9p, below a tmpfs overlay. The kernel log goes to a file, and anything in
// it that says that the kernel misbehaved makes the run fail.
package vm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/rex-go/rex/internal/vm/guest"
)

// Exit statuses of "rex vm" that are not the command's own.
const (
	// ExitTimeout: the time limit ended the VM.
	ExitTimeout = 124
	// ExitKernel: the guest's kernel misbehaved.
	ExitKernel = 125
	// ExitSetup: the VM could not be started.
	ExitSetup = 126
	// ExitNotFound: the command does not exist in the guest.
	ExitNotFound = 127
)

// Sentinels for errors.Is.
var (
	ErrTimeout  = errors.New("time limit reached")
	ErrNoQEMU   = errors.New("qemu-system-x86_64 not found")
	ErrNotFound = errors.New("command not found in the guest")
	// ErrGuest: the guest ended, or failed to begin, without saying why in
	// the kernel log.
	ErrGuest = errors.New("guest failed")
)

// Config says what to run and in what machine. The zero value of a field
// means its default.
type Config struct {
	// Kernel is a flavour ("stock", "rt", "cloud"), fetched when it is not
	// there, or a directory with an unpacked kernel. Default: stock.
	Kernel string
	// CPUs is the number of virtual processors (default 1), Memory the
	// memory in MiB (default 2048).
	CPUs   int
	Memory int
	// Icount makes guest time count instructions, one a nanosecond, for
	// repeatable measurements. Needs CPUs 1.
	Icount bool
	// NICs is the number of virtio network interfaces, all on one hub; the
	// guest loads virtio_net when it wants them.
	NICs int
	// Append is added to the kernel command line.
	Append string
	// Timeout ends the VM, counted from its start; 0 means never.
	Timeout time.Duration
	// RexModule is the rex.ko that is inserted before the command starts;
	// none when empty. The command finds its path in REX_KO.
	RexModule string
	// Command is run in directory Dir (default: the current one) with
	// environment Env (default: from Environ).
	Command []string
	Dir     string
	Env     []string
	// Stdin may be nil; so may Stdout and Stderr, which are then discarded.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// LogPath is the file for the kernel log. When empty, it is a temporary
	// file that is removed after a run without problems.
	LogPath string
	// Init is the statically linked rex binary that becomes process 1.
	// Default: the running executable.
	Init string
	// Progress receives lines about long steps; may be nil.
	Progress io.Writer
}

// Result describes a run that reached the command's end.
type Result struct {
	// ExitCode is the command's exit status, or 128 plus the signal that
	// ended it.
	ExitCode int
	// LogPath is the kernel log; empty when it was removed.
	LogPath string
	// Boot is the time from the start of QEMU to the start of the command,
	// Total until everything was over.
	Boot, Total time.Duration
}

// Run boots a VM and runs cfg.Command in it. The error is nil whenever the
// command ran to its end in a healthy kernel, whatever its exit status. Otherwise
// it is a *KernelError (the kernel misbehaved) or matches one of the sentinels,
// or ctx's error; the kernel log is then kept in Result.LogPath.
func Run(ctx context.Context, cfg Config) (res Result, err error) {
	if err := cfg.complete(); err != nil {
		return res, err
	}
	qemu, err := exec.LookPath("qemu-system-x86_64")
	if err != nil {
		return res, fmt.Errorf("start vm: %w (install the package qemu-system-x86)", ErrNoQEMU)
	}
	kernel, err := FindKernel(ctx, cfg.Kernel, cfg.Progress)
	if err != nil {
		return res, err
	}
	dir, err := os.MkdirTemp("", "rex-vm-")
	if err != nil {
		return res, fmt.Errorf("start vm: %w", err)
	}
	defer os.RemoveAll(dir)
	initramfs := filepath.Join(dir, "initramfs")
	if err := writeInitramfs(initramfs, cfg.Init, kernel); err != nil {
		return res, err
	}
	log, err := createLog(cfg.LogPath)
	if err != nil {
		return res, err
	}
	res.LogPath = log
	defer func() {
		if err == nil && cfg.LogPath == "" {
			os.Remove(log)
			res.LogPath = ""
		}
	}()

	if cfg.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, cfg.Timeout, fmt.Errorf("run vm: %w (%v)", ErrTimeout, cfg.Timeout))
		defer cancel()
	}
	m := &machine{cfg: cfg, kernel: kernel, qemu: qemu, dir: dir, initramfs: initramfs, log: log}
	exit, err := m.run(ctx)
	res.Boot, res.Total = m.boot, m.total
	if problems := scanLogFile(log); len(problems) > 0 {
		return res, &KernelError{Problems: problems, LogPath: log}
	}
	if err != nil {
		return res, err
	}
	res.ExitCode = exit.Code
	return res, nil
}

// complete fills in defaults and refuses what cannot work.
func (cfg *Config) complete() error {
	if len(cfg.Command) == 0 {
		return errors.New("start vm: no command")
	}
	if cfg.Kernel == "" {
		cfg.Kernel = "stock"
	}
	if cfg.CPUs == 0 {
		cfg.CPUs = 1
	}
	if cfg.Memory == 0 {
		cfg.Memory = 2048
	}
	if cfg.CPUs < 0 || cfg.Memory < 128 {
		return fmt.Errorf("start vm: %d processors and %d MiB (need at least 1 and 128)", cfg.CPUs, cfg.Memory)
	}
	if cfg.Icount && cfg.CPUs != 1 {
		return fmt.Errorf("start vm: instruction counting with %d processors (it needs exactly 1)", cfg.CPUs)
	}
	if cfg.Dir == "" {
		dir, err := os.Getwd()
		if err != nil {
			return fmt.Errorf("start vm: %w", err)
		}
		cfg.Dir = dir
	}
	if cfg.Env == nil {
		cfg.Env = Environ(os.Environ())
	}
	if cfg.RexModule != "" {
		ko, err := filepath.Abs(cfg.RexModule)
		if err != nil {
			return fmt.Errorf("start vm: %w", err)
		}
		cfg.RexModule = ko
		cfg.Env = append(slices.Clone(cfg.Env), guest.ModuleEnv+"="+ko)
	}
	if cfg.Init == "" {
		exe, err := os.Executable()
		if err != nil {
			return fmt.Errorf("start vm: %w", err)
		}
		cfg.Init = exe
	}
	for _, w := range []*io.Writer{&cfg.Stdout, &cfg.Stderr, &cfg.Progress} {
		if *w == nil {
			*w = io.Discard
		}
	}
	return nil
}

// createLog makes the kernel log file.
func createLog(path string) (string, error) {
	if path == "" {
		f, err := os.CreateTemp("", "rex-vm-*.log")
		if err != nil {
			return "", fmt.Errorf("create kernel log: %w", err)
		}
		defer f.Close()
		return f.Name(), nil
	}
	f, err := os.Create(path)
	if err != nil {
		return "", fmt.Errorf("create kernel log: %w", err)
	}
	defer f.Close()
	return filepath.Abs(path)
}
