// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ofTests returns the Go sources of the extensions that belong to test
// packages: those in testdata/ and, for test/NAME, in examples/NAME/.
func ofTests(packages []*testPackage) ([]string, error) {
	var sources []string
	for _, p := range packages {
		patterns := []string{filepath.Join(p.dir, "testdata", "*", "*.go")}
		if name, ok := strings.CutPrefix(p.path, modulePath+"/test/"); ok {
			patterns = append(patterns, filepath.Join("examples", name, "*", "*.go"))
		}
		for _, pattern := range patterns {
			more, err := filepath.Glob(pattern)
			if err != nil {
				return nil, err
			}
			sources = append(sources, more...)
		}
	}
	return sources, nil
}

// buildTwins compiles the eBPF programs in C that tests load: for test/NAME,
// those in bench/ebpf/NAME/. Each becomes FILE.bpf.o beside the extensions.
func buildTwins(ctx context.Context, packages []*testPackage, dir string) error {
	for _, p := range packages {
		name, ok := strings.CutPrefix(p.path, modulePath+"/test/")
		if !ok {
			continue
		}
		files, err := filepath.Glob(filepath.Join("bench", "ebpf", name, "*.c"))
		if err != nil {
			return err
		}
		for _, file := range files {
			obj := filepath.Join(dir, strings.TrimSuffix(filepath.Base(file), ".c")+".bpf.o")
			cmd := exec.CommandContext(ctx, "clang-19", "-O2", "-g", "-target", "bpf", "-mcpu=v3", "-Wall", "-Werror", "-c", file, "-o", obj)
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("compile %s: %w\n%s", file, err, out)
			}
		}
	}
	return nil
}

// buildHosts compiles the examples' host programs for the package that runs
// them, test/examples, into the directory bin beside the extensions.
func buildHosts(ctx context.Context, packages []*testPackage, dir string) error {
	for _, p := range packages {
		if p.path != modulePath+"/test/examples" {
			continue
		}
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "bin")+"/", "./examples/...")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build host programs: %w\n%s", err, out)
		}
	}
	return nil
}
