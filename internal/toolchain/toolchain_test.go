// SPDX-License-Identifier: Apache-2.0

package toolchain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// script writes a shell script that stands for a tool.
func script(t *testing.T, name, body string) *T {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return In(dir)
}

func TestNotFound(t *testing.T) {
	t.Setenv(EnvBin, t.TempDir())
	for tool, pkg := range map[string]string{Opt: "llvm-19", Clang: "clang-19", "llvm-nm": "llvm-19"} {
		_, err := New().Path(tool)
		if !errors.Is(err, ErrNotFound) {
			t.Fatalf("%s: %v", tool, err)
		}
		for _, want := range []string{tool + "-19", "apt-get install " + pkg, EnvBin} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q does not mention %q", err, want)
			}
		}
		if _, err := New().Run(t.Context(), tool, nil, nil); !errors.Is(err, ErrNotFound) {
			t.Errorf("run %s: %v", tool, err)
		}
	}
}

func TestNotExecutable(t *testing.T) {
	tc := script(t, Opt, "exit 0")
	if err := os.Chmod(filepath.Join(tc.dirs[0], Opt), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := tc.Path(Opt); !errors.Is(err, ErrNotFound) {
		t.Errorf("a file without execute permission: %v", err)
	}
}

func TestSuffixedNameFirst(t *testing.T) {
	tc := script(t, Opt, "echo plain")
	if out, err := tc.Run(t.Context(), Opt, nil, nil); err != nil || string(out) != "plain\n" {
		t.Errorf("got %q, %v", out, err)
	}
	dir := tc.dirs[0]
	if err := os.WriteFile(filepath.Join(dir, Opt+"-19"), []byte("#!/bin/sh\necho suffixed\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := In(dir).Run(t.Context(), Opt, nil, nil); err != nil || string(out) != "suffixed\n" {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestVersion(t *testing.T) {
	tc := script(t, Opt, "echo 'Debian LLVM version 19.1.7'; echo '  Optimized build.'")
	if v, err := tc.Version(t.Context(), Opt); err != nil || v != "19.1.7" {
		t.Errorf("got %q, %v", v, err)
	}
	tc = script(t, Clang, "echo 'clang version 14.0.6'")
	v, err := tc.Version(t.Context(), Clang)
	if !errors.Is(err, ErrVersion) || v != "14.0.6" || !strings.Contains(err.Error(), "clang is 14.0.6") || !strings.Contains(err.Error(), "release 19 is needed") {
		t.Errorf("got %q, %v", v, err)
	}
	tc = script(t, Opt, "echo hello")
	if _, err := tc.Version(t.Context(), Opt); !errors.Is(err, ErrVersion) {
		t.Errorf("got %v", err)
	}
}

func TestStdinAndArgs(t *testing.T) {
	tc := script(t, Opt, `echo "$1 $2"; cat`)
	out, err := tc.Run(t.Context(), Opt, []string{"a", "b c"}, strings.NewReader("input"))
	if err != nil || !bytes.Equal(out, []byte("a b c\ninput")) {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestRunError(t *testing.T) {
	tc := script(t, LLC, `echo "warning: something" >&2; echo "llc: error: cannot select" >&2; echo "more" >&2; exit 3`)
	_, err := tc.Run(t.Context(), LLC, []string{"-x"}, nil)
	var re *RunError
	if !errors.As(err, &re) {
		t.Fatalf("got %v", err)
	}
	if got, want := err.Error(), "run llc: exit status 3: llc: error: cannot select (2 more lines)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	full := fmt.Sprintf("%+v", err)
	for _, want := range []string{"llc -x", "\twarning: something\n", "\tmore\n"} {
		if !strings.Contains(full, want) {
			t.Errorf("%q lacks %q", full, want)
		}
	}
}

func TestCancel(t *testing.T) {
	tc := script(t, LLC, "exec sleep 60")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tc.Run(ctx, LLC, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestInstalled: the tools that the other packages' tests rely on are there.
func TestInstalled(t *testing.T) {
	for _, tool := range []string{Opt, LLC, Clang} {
		v, err := New().Version(t.Context(), tool)
		if err != nil || !strings.HasPrefix(v, "19.") {
			t.Errorf("%s: %q, %v", tool, v, err)
		}
	}
}
