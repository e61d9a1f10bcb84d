// SPDX-License-Identifier: Apache-2.0

// Package nofield reads a member that no kernel has, and does not ask first.
package nofield

import (
	"github.com/rex-go/rex/kernel"
	"github.com/rex-go/rex/xdp"
)

// Look is the program.
//
//rex:xdp
func Look(*xdp.Context) xdp.Action {
	return xdp.Action(kernel.Read[uint32](kernel.CurrentTask(), kernel.Offset("task_struct", "no_such_member")) & 1)
}
