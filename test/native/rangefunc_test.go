// SPDX-License-Identifier: Apache-2.0

package native

import (
	_ "embed"
	"testing"
)

//go:embed testdata/frames/rangefunc.go
var rangeFuncSource []byte

// TestRangeFunc compares the panics in and around ranges over functions with
// Go's: their wording when a body is called too late, the line of the call of
// the function, and where deferred calls are placed.
func TestRangeFunc(t *testing.T) { compareFrames(t, rangeFuncSource) }
