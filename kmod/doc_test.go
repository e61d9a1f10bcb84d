// SPDX-License-Identifier: Apache-2.0

package kmod_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/internal/vm"
)

// errPerl: the kernel's script needs its interpreter.
var errPerl = errors.New("needs perl with Pod::Usage")

// Function and struct definitions as the kernel's style has them, and symbols of
// assembly.
var (
	definedFunc   = regexp.MustCompile(`(?m)^([a-z][\w \t*]*[ *])(\w+)\([^;{}]*\)\n\{`)
	definedStruct = regexp.MustCompile(`(?m)^struct (\w+) \{`)
	definedSymbol = regexp.MustCompile(`(?m)^SYM_START\((rex_\w+), SYM_L_GLOBAL, SYM_F_ALIGN\)`)
)

// TestDocumented fails for a function that other files can call, or a struct
// that they share, without a comment that begins with its name.
func TestDocumented(t *testing.T) {
	var defined int
	for _, pattern := range []string{"src/*.c", "selftest/*.c", "src/*.S", "include/rex.h", "include/rex_res.h"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			src := string(raw)
			want := func(comment string) {
				t.Helper()
				defined++
				if !strings.Contains(src, comment) {
					t.Errorf("%s: no comment that begins with %q", file, comment)
				}
			}
			switch filepath.Ext(file) {
			case ".S":
				for _, m := range definedSymbol.FindAllStringSubmatch(src, -1) {
					want("/*\n * " + m[1] + " - ")
				}
			case ".h":
				for _, m := range definedStruct.FindAllStringSubmatch(src, -1) {
					want("/**\n * struct " + m[1] + " - ")
				}
			default:
				for _, m := range definedFunc.FindAllStringSubmatch(src, -1) {
					if !strings.HasPrefix(m[1], "static ") {
						want("/**\n * " + m[2] + " - ")
					}
				}
			}
		}
	}
	if defined < 150 {
		t.Errorf("only %d definitions were found: the test looks in the wrong way", defined)
	}
}

// TestKernelDoc has the kernel's own script check the comments: that they name
// all parameters, members and results, and nothing that is not there.
func TestKernelDoc(t *testing.T) {
	testutil.RequireBoot(t)
	testutil.Require(t, errPerl, exec.Command("perl", "-MPod::Usage", "-e", "1").Run())
	kernel, err := vm.CachedKernel("stock")
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := filepath.Glob(filepath.Join(kernel.Root, "usr/lib/linux-kbuild-*/scripts/kernel-doc"))
	if err != nil || len(scripts) != 1 {
		t.Fatalf("the kernel's script: %v, %v", scripts, err)
	}
	check := func(files ...string) string {
		out, err := exec.Command("perl", append([]string{scripts[0], "-none", "-Wall"}, files...)...).CombinedOutput()
		if _, ran := err.(*exec.ExitError); err != nil && !ran {
			t.Fatal(err)
		}
		return string(out)
	}
	var files []string
	for _, pattern := range []string{"src/*.c", "selftest/*.[ch]", "include/*.h", "compat/*.h"} {
		f, err := filepath.Glob(pattern)
		if err != nil || len(f) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		files = append(files, f...)
	}
	if out := check(files...); out != "" {
		t.Errorf("%s", out)
	}
	bad := filepath.Join(t.TempDir(), "bad.c")
	if err := os.WriteFile(bad, []byte("/**\n * f - does\n * @b: what\n */\nint f(int a)\n{\n\treturn a;\n}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := check(bad); !strings.Contains(out, "'a' not described") {
		t.Errorf("the script finds nothing: %q", out)
	}
}
