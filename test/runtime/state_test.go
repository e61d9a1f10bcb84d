// SPDX-License-Identifier: Apache-2.0

package runtime_test

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/test/kit"
)

// TestVMState: a debug build of rex.ko compares the CPU's state and the depth of
// the stack around all that the tests run (kit.Need looks at the result). It
// does look, and what the compiler says of the stack is reached.
func TestVMState(t *testing.T) {
	needVM(t)
	kit.NeedDebug(t)
	h := newHoarder(t)
	for _, k := range kinds {
		for how := range byOverflow + 1 {
			h.run(t, k, byte(how), 1)
			h.free(t)
		}
	}
	got := kit.State(t)
	for _, never := range []string{"state_checks 0,", "stack_calls 0,", "stack_exact 0,", "stack_used 0,"} {
		if strings.Contains(got+",", never) {
			t.Errorf("nothing was checked: %s", got)
		}
	}
}
