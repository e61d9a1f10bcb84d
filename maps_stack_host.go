// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"fmt"

	"github.com/rex-go/rex/internal/sim"
)

// StackTrace is a table of stacks (BPF_MAP_TYPE_STACK_TRACE). Programs add the
// stack that they interrupt with the method StackID of their context and keep its
// number, for example as the key of a Hash of counters; user space reads the
// stack by the number (loader.ReadStack) and removes what it has seen.
type StackTrace struct {
	_ [0]func()
	s *sim.StackTable
}

// NewStackTrace makes a table of at most maxEntries stacks, which must be a
// positive constant; the kernel rounds it up to a power of two. Call it only to
// initialise a package-level variable.
func NewStackTrace(maxEntries int) *StackTrace {
	if maxEntries <= 0 {
		panic(fmt.Sprintf("rex.NewStackTrace: maxEntries is %d, not positive", maxEntries))
	}
	announce("StackTrace")
	m := &StackTrace{s: sim.NewStackTable(maxEntries)}
	m.s.AddMirror()
	sim.StackTables.Store(m, m.s)
	return m
}
