// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/rex-go/rex/internal/vm"
	"github.com/rex-go/rex/loader"
)

const vmStatuses = `
Exit status: the command's own; 124 when the time limit ended the VM, 125 when
the guest's kernel misbehaved (its log is printed), 126 when the VM could not be
started, 127 when the command does not exist.
`

func runVM(ctx context.Context, args []string) int {
	fs := newFlags("vm")
	var cfg vm.Config
	fs.StringVar(&cfg.Kernel, "kernel", "stock", "`kernel`: stock, rt, cloud (Debian's 6.12, fetched when needed), sanitizer (built from its sources when needed) or a directory with boot/ and lib/modules/")
	fs.IntVar(&cfg.CPUs, "smp", 1, "`number` of processors")
	fs.IntVar(&cfg.Memory, "mem", 2048, "memory in `MiB`")
	fs.BoolVar(&cfg.Icount, "icount", false, "count instructions: one is a nanosecond of guest time (one processor)")
	fs.IntVar(&cfg.NICs, "nics", 0, "`number` of virtio network interfaces, joined by a hub")
	fs.StringVar(&cfg.Append, "append", "", "`arguments` to add to the kernel command line")
	fs.DurationVar(&cfg.Timeout, "t", 0, "end the VM after this `duration`; 0 is never")
	fs.StringVar(&cfg.LogPath, "log", "", "`file` for the kernel log (default: a temporary one, kept when something went wrong)")
	noModule := fs.Bool("no-module", false, "do not insert rex.ko")
	debug := fs.Bool("debug", false, "insert a rex.ko that tests itself and checks the CPU's state around every invocation")
	fetch := fs.Bool("fetch", false, "fetch the newest kernel of the flavour, build rex.ko for it, print its directory, run nothing")
	verbose := fs.Bool("v", false, "print how long the VM took")

	usage := fs.Usage
	fs.Usage = func() {
		usage()
		fmt.Fprint(fs.Output(), vmStatuses)
	}

	flags, command := args, []string(nil)
	i := slices.Index(args, "--")
	if i >= 0 {
		flags, command = args[:i], args[i+1:]
	}
	if _, code, ok := parse(fs, flags, 0, 0); !ok {
		return code
	}
	if *fetch {
		return fetchKernel(ctx, cfg.Kernel, *noModule)
	}
	if i < 0 || len(command) == 0 {
		fmt.Fprintln(os.Stderr, "rex vm: no command (write it after --, as in: rex vm -- uname -r)")
		return exitUsage
	}
	cfg.Command, cfg.Progress = command, os.Stderr
	cfg.Stdin, cfg.Stdout, cfg.Stderr = os.Stdin, os.Stdout, os.Stderr
	if !*noModule {
		ko, err := moduleFor(ctx, cfg.Kernel, *debug, os.Stderr)
		if err != nil {
			fail("vm", err)
			return vm.ExitSetup
		}
		cfg.RexModule = ko
		// The command in the guest inherits it: the loader must not have to
		// search.
		if err := os.Setenv(loader.EnvRexKO, ko); err != nil {
			fail("vm", err)
			return vm.ExitSetup
		}
	}
	res, err := vm.Run(ctx, cfg)
	if *verbose && res.Total != 0 {
		fmt.Fprintf(os.Stderr, "rex vm: command started after %.2fs, all took %.2fs\n", res.Boot.Seconds(), res.Total.Seconds())
	}
	if err == nil {
		return res.ExitCode
	}
	return failVM(ctx, res, err)
}

// failVM reports why a VM did not run its command to the end.
func failVM(ctx context.Context, res vm.Result, err error) int {
	var kernel *vm.KernelError
	if errors.As(err, &kernel) {
		copyFile(os.Stderr, kernel.LogPath)
	}
	fail("vm", err)
	if kernel == nil && res.LogPath != "" {
		fmt.Fprintf(os.Stderr, "rex vm: kernel log: %s\n", res.LogPath)
	}
	switch {
	case kernel != nil:
		return vm.ExitKernel
	case errors.Is(err, vm.ErrTimeout):
		return vm.ExitTimeout
	case errors.Is(err, vm.ErrNotFound):
		return vm.ExitNotFound
	case ctx.Err() != nil:
		return 128 + 2 // as after SIGINT
	}
	return vm.ExitSetup
}

func copyFile(w io.Writer, path string) {
	if f, err := os.Open(path); err == nil {
		defer f.Close()
		io.Copy(w, f)
	}
}

// fetchKernel makes everything ready for a VM and prints the kernel's
// directory.
func fetchKernel(ctx context.Context, name string, noModule bool) int {
	var kernel *vm.Kernel
	var err error
	if _, ok := vm.Flavours[name]; ok {
		kernel, err = vm.FetchKernel(ctx, name, os.Stderr)
	} else {
		kernel, err = vm.OpenKernel(name)
	}
	if err == nil && !noModule {
		_, err = moduleFor(ctx, kernel.Root, false, os.Stderr)
	}
	if err != nil {
		return fail("vm", err)
	}
	fmt.Println(kernel.Root)
	return exitOK
}
