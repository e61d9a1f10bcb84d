// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/rex-go/rex/internal/kmodbuild"
	"github.com/rex-go/rex/internal/link"
	"github.com/rex-go/rex/internal/vm"
	"github.com/rex-go/rex/kmod"
)

func runModule(ctx context.Context, args []string) int {
	if len(args) == 0 || args[0] != "build" {
		if len(args) > 0 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help") {
			newFlags("module").Usage()
			return exitOK
		}
		fmt.Fprintln(os.Stderr, "rex module: want the word build (rex module build [-kernel DIR] [-o rex.ko])")
		return exitUsage
	}
	fs := newFlags("module")
	kernel := fs.String("kernel", "", "`kernel`: a build directory, a directory with an unpacked kernel, or stock, rt, cloud (default: the running kernel's build directory)")
	out := fs.String("o", "rex.ko", "output `file`")
	debug := fs.Bool("debug", false, "add self-tests, which run when rex.ko is inserted, and checks around every invocation")
	var sign signFlags
	sign.define(fs)
	src := fs.String("src", "", "build the C sources in this `directory` instead of those in this program")
	if _, code, ok := parse(fs, args[1:], 0, 0); !ok {
		return code
	}
	key, cert, err := sign.open()
	if err != nil {
		return fail("module", err)
	}
	headers, err := headersFor(ctx, *kernel, os.Stderr)
	if err != nil {
		return fail("module", err)
	}
	ko, err := kmodbuild.Build(ctx, kmodbuild.Config{Sources: kmodSources(*src), Headers: headers, Debug: *debug, Progress: os.Stderr})
	if err != nil {
		return fail("module", err)
	}
	if key != nil {
		if ko, err = link.Sign(ko, key, cert); err != nil {
			return fail("module", err)
		}
	}
	if err := os.WriteFile(*out, ko, 0o644); err != nil {
		return fail("module", fmt.Errorf("write rex.ko: %w", err))
	}
	return exitOK
}

// kmodSources returns the C sources of rex.ko: the directory src, or what is
// in this program.
func kmodSources(src string) fs.FS {
	if src == "" {
		return kmod.Sources
	}
	return os.DirFS(src)
}

// headersFor returns the build directory that a -kernel flag stands for; empty
// for the running kernel's.
func headersFor(ctx context.Context, name string, progress io.Writer) (string, error) {
	_, flavour := vm.Flavours[name]
	if name == "" {
		return "", nil
	}
	kernel, err := vm.FindKernel(ctx, name, progress)
	switch {
	case err != nil && flavour:
		return "", err
	case err != nil:
		return name, nil // a build directory, or nothing: kmodbuild tells
	case kernel.Headers == "":
		return "", fmt.Errorf("find headers of %s: %w (unpack linux-headers-%s beside the kernel)", kernel.Root, kmodbuild.ErrNoHeaders, kernel.Release)
	}
	return kernel.Headers, nil
}

// moduleFor returns the path of a rex.ko for a kernel that the vm command
// knows, built when there is none yet.
func moduleFor(ctx context.Context, name string, debug bool, progress io.Writer) (string, error) {
	headers, err := headersFor(ctx, name, progress)
	if err != nil {
		return "", err
	}
	return kmodbuild.Cached(ctx, kmodbuild.Config{Sources: kmodSources(""), Headers: headers, Debug: debug, Progress: progress})
}
