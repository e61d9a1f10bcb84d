// SPDX-License-Identifier: Apache-2.0

// Package load_test loads compiled extensions into a real kernel. It runs as
// root in a throw-away VM (rex vm) and skips everywhere else.
package load_test

import (
	"testing"

	"github.com/rex-go/rex/test/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

// What the tests call most, by short names.
var (
	needVM = kit.Need
	object = kit.Object
	load   = kit.LoadObject
)

// packet is the smallest that BPF_PROG_TEST_RUN takes, padded.
var packet = make([]byte, 64)

// XDP verdicts.
const (
	aborted = iota
	drop
	pass
)
