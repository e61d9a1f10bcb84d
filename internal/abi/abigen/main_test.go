// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/abi"
)

const root = "../../.."

// TestFresh fails when internal/abi changed and the generated files did not.
func TestFresh(t *testing.T) {
	files, err := generate(filepath.Join(root, "internal", "abi"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		have, err := os.ReadFile(filepath.Join(root, f.path))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, f.data) {
			t.Errorf("%s is stale (run go generate ./internal/abi)", f.path)
		}
	}
}

func TestSnake(t *testing.T) {
	for in, want := range map[string]string{
		"Poll":            "poll",
		"StackLimit":      "stack_limit",
		"ABIVersion":      "abi_version",
		"PID":             "pid",
		"FD":              "fd",
		"PanicSlice3Alen": "panic_slice3_alen",
		"ProgramXDP":      "program_xdp",
		"ContextNMI":      "context_nmi",
		"NumExts":         "num_exts",
	} {
		if got := snake(in); got != want {
			t.Errorf("snake(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestStructsSized checks the rule that the C side cannot check for itself:
// every struct is a whole number of 8-byte words and every hole is named.
func TestStructsSized(t *testing.T) {
	m, err := load(filepath.Join(root, "internal", "abi"))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.structs) != len(abi.Structs) {
		t.Fatalf("got %d structs, want %d", len(m.structs), len(abi.Structs))
	}
	for _, s := range m.structs {
		if s.size%8 != 0 {
			t.Errorf("%s: size %d is not a multiple of 8", s.goName, s.size)
		}
		var end uintptr
		for _, f := range s.fields {
			if f.offset != end {
				t.Errorf("%s: unnamed padding before %s at %d", s.goName, f.goName, end)
			}
			end = f.offset + f.typ.Size()
		}
		if end != s.size {
			t.Errorf("%s: unnamed padding at the end", s.goName)
		}
	}
}

// TestIoctlsComplete fails when an ioctl number has no C macro.
func TestIoctlsComplete(t *testing.T) {
	m, err := load(filepath.Join(root, "internal", "abi"))
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{"IoctlMagic": true}
	for _, io := range ioctls {
		have[io.name] = true
	}
	for _, g := range m.consts {
		for _, c := range g.vals {
			if strings.HasPrefix(c.name, "Ioctl") && !have[c.name] {
				t.Errorf("%s has no entry in ioctls", c.name)
			}
		}
	}
}
