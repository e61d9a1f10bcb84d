// SPDX-License-Identifier: Apache-2.0

// Package ssabuild makes go/ssa for the checked extension and everything it
// reaches, and says which functions recurse or are called indirectly.
package ssabuild

import (
	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/compile/check"
)

// Program is what lower works on.
type Program struct {
	SSA   *ssa.Program
	Check *check.Result
	// Entries are the functions of Check.Programs, in the same order.
	Entries []*ssa.Function
	// Inits are the package initialisers to run at load, dependencies first;
	// only those that do anything beyond map construction.
	Inits []*ssa.Function
	// Funcs are all functions with bodies that are reachable from Entries and
	// Inits (instances of generics, closures, method wrappers, bound methods
	// and thunks included), in a deterministic order: callers before callees
	// in depth-first preorder.
	Funcs []*ssa.Function
	// Guard holds the functions that must check the stack on entry: those in
	// a cycle of the call graph or callable through a function value.
	Guard map[*ssa.Function]bool
	// Trusted reports functions of the SDK and of the standard library.
	Trusted map[*ssa.Function]bool

	graph *graph
}
