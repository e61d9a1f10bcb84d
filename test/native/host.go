// SPDX-License-Identifier: Apache-2.0

package native

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// BuildGo builds package main, made of the given files, with the Go compiler.
func BuildGo(ctx context.Context, files map[string][]byte, dir string, flags ...string) (exe string, err error) {
	args := append([]string{"build", "-o", "p"}, flags...)
	for name, src := range files {
		if err := os.WriteFile(filepath.Join(dir, name), src, 0o644); err != nil {
			return "", err
		}
		args = append(args, name)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return filepath.Join(dir, "p"), nil
}

// RunGo runs an executable made by BuildGo.
func RunGo(ctx context.Context, exe string, lim Limits, args ...string) (End, error) {
	ctx, cancel := context.WithTimeout(ctx, lim.time())
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Env = append(os.Environ(), "GOTRACEBACK=single")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	end, err := finish(cmd.Run(), ctx)
	if err != nil {
		return end, fmt.Errorf("run Go program: %w", err)
	}
	end.Output = out.String()
	if end.Exit == 2 {
		goPanic(&end)
	}
	return end, nil
}

var (
	panicLine = regexp.MustCompile(`(?m)^(panic: |fatal error: |runtime: goroutine stack exceeds)`)
	// A value without a text of its own is printed with its address.
	address = regexp.MustCompile(`^(panic: \(.*\)) (0x[0-9a-f]+|\(0x[0-9a-f]+,0x[0-9a-f]+\))$`)
	frame   = regexp.MustCompile(`(?m)^\t(\S+\.go):(\d+)`)
)

// goPanic splits what a Go program printed from the report of its panic.
func goPanic(end *End) {
	at := panicLine.FindStringIndex(end.Output)
	if at == nil {
		return
	}
	text := end.Output[at[0]:]
	end.Output = end.Output[:at[0]]
	end.Panic, _, _ = strings.Cut(text, "\n")
	end.Panic = strings.TrimSuffix(strings.TrimSuffix(end.Panic, " [recovered]"), " [recovered, repanicked]")
	switch {
	case strings.Contains(text, "fatal error: stack overflow"):
		end.Panic = "fatal error: stack overflow"
	default:
		if m := address.FindStringSubmatch(end.Panic); m != nil {
			end.Panic = m[1]
		}
	}
	for _, m := range frame.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(m[1], "/src/runtime/") {
			end.Frames = append(end.Frames, filepath.Base(m[1])+":"+m[2])
		}
	}
}
