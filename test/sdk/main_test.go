// SPDX-License-Identifier: Apache-2.0

// Package sdk_test runs what the SDK offers to extensions in a real kernel and
// compares it with the host implementation. It runs as root in a throw-away VM
// (rex vm) and skips everywhere else.
package sdk_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/loader"
)

// load loads an extension, which make vmtest has compiled, for the time of the
// test.
func load(t *testing.T, name string) *loader.Extension {
	t.Helper()
	testutil.VM(t)
	dir := os.Getenv("REX_OBJECTS")
	if dir == "" {
		t.Fatal("REX_OBJECTS is not set (make vmtest sets it)")
	}
	obj, err := loader.Open(filepath.Join(dir, name+".rexo"))
	if err != nil {
		t.Fatal(err)
	}
	ext, err := loader.Load(obj, loader.Options{})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	t.Cleanup(func() {
		if err := ext.Close(); err != nil {
			t.Errorf("close: %+v", err)
		}
	})
	return ext
}
