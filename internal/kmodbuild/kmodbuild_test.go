// SPDX-License-Identifier: Apache-2.0

package kmodbuild

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/internal/vm"
)

// headers returns the build directory of the kernel for VMs.
func headers(t *testing.T) string {
	t.Helper()
	testutil.RequireBoot(t)
	k, err := vm.CachedKernel("stock")
	if err != nil {
		t.Fatal(err)
	}
	return k.Headers
}

func sources(c string) fstest.MapFS {
	return fstest.MapFS{
		"Kbuild": {Data: []byte("obj-m := rex.o\n")},
		"rex.c":  {Data: []byte("#include <linux/module.h>\nMODULE_LICENSE(\"GPL\");\nMODULE_DESCRIPTION(\"x\");\n" + c)},
	}
}

func TestBuild(t *testing.T) {
	dir := headers(t)
	t.Setenv("MAKEFLAGS", "-n") // must not reach kbuild
	for _, test := range []struct {
		name, source string
		is           error
		want         string
	}{
		{"good", "", nil, ""},
		{"warning", "static int unused(void) { return 1; }\n", ErrWarnings, "rex.c:4:12: warning: 'unused'"},
		{"error", "int f(void) { return nothing; }\n", nil, "rex.c:4:22: error: 'nothing' undeclared"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ko, err := Build(t.Context(), Config{Sources: sources(test.source), Headers: dir})
			if test.want == "" {
				if err != nil || len(ko) == 0 {
					t.Fatalf("Build returned %d bytes and %+v", len(ko), err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || test.is != nil && !errors.Is(err, test.is) {
				t.Fatalf("Build returned %v, want a *Error matching %v", err, test.is)
			}
			t.Cleanup(func() { os.Remove(e.LogPath) })
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %q, want %q in it", err, test.want)
			}
			if log, _ := os.ReadFile(e.LogPath); !strings.Contains(fmt.Sprintf("%+v", err), string(log)) || len(log) == 0 {
				t.Errorf("%%+v lacks the log in %s", e.LogPath)
			}
		})
	}
}

func TestCached(t *testing.T) {
	dir := headers(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	var progress strings.Builder
	cfg := Config{Sources: sources("int cached;\n"), Headers: dir, Progress: &progress}
	first, err := Cached(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Cached(t.Context(), cfg)
	if err != nil || second != first || strings.Count(progress.String(), "building") != 1 {
		t.Errorf("second call returned %s, %v after %q; want the first's result %s", second, err, progress.String(), first)
	}
	a, err1 := hash(cfg.Sources, dir)
	b, err2 := hash(sources("int other;\n"), dir)
	if err1 != nil || err2 != nil || a == b {
		t.Errorf("different sources have the same key %s (%v, %v)", a, err1, err2)
	}
}

func TestNoHeaders(t *testing.T) {
	_, err := Build(t.Context(), Config{Sources: sources(""), Headers: t.TempDir()})
	if !errors.Is(err, ErrNoHeaders) {
		t.Errorf("Build returned %v, want ErrNoHeaders", err)
	}
	if _, err := os.Stat(HostHeaders()); err == nil {
		return // this machine has headers for its kernel
	}
	_, err = Build(t.Context(), Config{Sources: sources("")})
	if !errors.Is(err, ErrNoHeaders) || !strings.Contains(err.Error(), "install the package linux-headers-") {
		t.Errorf("Build returned %v, want ErrNoHeaders with the package", err)
	}
}

func TestNoTool(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"include/config/kernel.release": "6.12.1-amd64\n",
		".config":                       "CONFIG_CC_VERSION_TEXT=\"x86_64-linux-gnu-gcc-99 (Debian 99)\"\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	for _, next := range []struct{ tool, pkg string }{{"make", "make"}, {"pahole", "pahole"}, {"ld", "binutils"}, {"x86_64-linux-gnu-gcc-99", "gcc-99"}} {
		_, err := Build(t.Context(), Config{Sources: sources(""), Headers: dir})
		if !errors.Is(err, ErrNoTool) || !strings.Contains(err.Error(), next.tool+" (install the package "+next.pkg+")") {
			t.Errorf("Build returned %v, want it to miss %s", err, next.tool)
		}
		if err := os.WriteFile(filepath.Join(bin, next.tool), []byte("#!/bin/false\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBTFCheck(t *testing.T) {
	exe, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := checkBTF(exe); !errors.Is(err, ErrNoBTF) {
		t.Errorf("checkBTF(this program) = %v, want ErrNoBTF", err)
	}
	if err := checkBTF([]byte("no")); err == nil || errors.Is(err, ErrNoBTF) {
		t.Errorf("checkBTF(not ELF) = %v", err)
	}
}
