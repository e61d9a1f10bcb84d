// SPDX-License-Identifier: Apache-2.0

// Package sdk_test runs what the SDK offers to extensions in a real kernel and
// compares it with the host implementation. It runs as root in a throw-away VM
// (rex vm) and skips everywhere else.
package sdk_test

import (
	"testing"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

// load loads an extension for the time of the test, which must leave nothing
// behind.
func load(t *testing.T, name string) *loader.Extension {
	t.Helper()
	kit.Need(t)
	return kit.Load(t, name, loader.Options{})
}
