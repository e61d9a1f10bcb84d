// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/rex-go/rex/internal/kernel"
	"github.com/rex-go/rex/internal/toolchain"
	"github.com/rex-go/rex/loader"
)

// checkup is one thing that doctor looks at.
type checkup struct {
	name string
	// run returns what was found, or why it is not usable.
	run func(context.Context) (string, error)
}

// checkups lists what each use of rex needs, in the order in which a user
// would go about it.
var checkups = []struct {
	title string
	items []checkup
}{
	{"to build extensions", []checkup{
		{"go command", tool("go", "install Go from https://go.dev/dl")},
		{"LLVM", llvm},
	}},
	{"to build rex.ko", []checkup{
		{"gcc", tool("gcc-12", "apt-get install gcc-12")},
		{"make", tool("make", "apt-get install make")},
		{"pahole", tool("pahole", "apt-get install pahole")},
	}},
	{"to try extensions in a VM", []checkup{
		{"QEMU", tool("qemu-system-x86_64", "apt-get install qemu-system-x86")},
	}},
	{"to load extensions into this kernel", []checkup{
		{"kernel types", kernelBTF},
		{"privileges", func(context.Context) (string, error) { return "", kernel.Running().CheckPrivileges() }},
		{"kernel modules", func(context.Context) (string, error) { return "", kernel.Running().CheckModules(false) }},
		{"BPF JIT", func(context.Context) (string, error) { return "", kernel.Running().CheckJIT() }},
		{"rex.ko", rexKO},
	}},
}

func runDoctor(ctx context.Context, args []string) int {
	if _, code, ok := parse(newFlags("doctor"), args, 0, 0); !ok {
		return code
	}
	code := exitOK
	for _, group := range checkups {
		fmt.Println(group.title)
		for _, c := range group.items {
			found, err := c.run(ctx)
			switch {
			case err != nil:
				fmt.Printf("  missing  %s: %v\n", c.name, err)
				code = exitFailure
			case found != "":
				fmt.Printf("  ok       %s: %s\n", c.name, found)
			default:
				fmt.Printf("  ok       %s\n", c.name)
			}
		}
	}
	return code
}

func tool(name, hint string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("%s is not in PATH (%s)", name, hint)
		}
		return path, nil
	}
}

func llvm(ctx context.Context) (string, error) {
	tc := toolchain.New()
	for _, name := range []string{toolchain.Opt, toolchain.LLC} {
		if _, err := tc.Path(name); err != nil {
			return "", err
		}
	}
	if _, err := tc.Version(ctx, toolchain.Opt); err != nil {
		return "", err
	}
	return tc.Path(toolchain.LLC)
}

func kernelBTF(context.Context) (string, error) {
	release, err := kernel.Release()
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(kernel.BTFPath); err != nil {
		return "", fmt.Errorf("kernel %s: %w", release, err)
	}
	return kernel.BTFPath + " of kernel " + release, nil
}

func rexKO(context.Context) (string, error) {
	if err := kernel.Running().CheckRex(); err != nil {
		return "", err
	}
	exts, err := loader.List()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("loaded, with %s", count(len(exts), "extension")), nil
}
