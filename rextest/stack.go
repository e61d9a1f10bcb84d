// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
)

// SetStacks says which addresses programs find on the stacks that they interrupt,
// innermost frame first, until the test ends. Without it there are no stacks.
func SetStacks(t testing.TB, kernel, user []uint64) {
	t.Helper()
	simulated(t, "SetStacks")
	kernel, user = sim.SetStacks(kernel, user)
	t.Cleanup(func() { sim.SetStacks(kernel, user) })
}

// Stack returns a stack as user space reads it from the map, innermost frame
// first; nil when there is none with that id.
func Stack(m *rex.StackTrace, id uint32) []uint64 {
	t, ok := sim.StackTables.Load(m)
	if !ok {
		return nil
	}
	return t.(*sim.StackTable).Get(id)
}
