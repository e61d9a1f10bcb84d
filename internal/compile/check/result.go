// SPDX-License-Identifier: Apache-2.0

// Package check enforces the language subset and finds an extension's
// programs, maps and globals.
package check

import (
	"go/types"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/source"
)

// Result is what the later stages need to know.
type Result struct {
	Source   *source.Program
	Programs []Program
	Maps     []Map
	// MapVars maps the package-level variables that hold a map to its index
	// in Maps. Lowering replaces a load of such a variable by the map's
	// descriptor address and drops its initialisation.
	MapVars map[*types.Var]int
}

// Program is a function with a //rex: directive.
type Program struct {
	Func           *types.Func
	Type           abi.ProgramType
	Attach         string
	BudgetNanos    uint64
	ArenaBytes     uint32
	OnPanic        abi.PanicPolicy
	DefaultVerdict uint32
	Pos            string // file:line, file relative to the Go module's root
	// Record is the trace record of a tracepoint program.
	Record *Record
}

// Record is the struct that a tracepoint program reads its event as.
type Record struct {
	Type   types.Type
	Size   uint32
	Fields []RecordField
}

// RecordField is a field of a Record that is not blank.
type RecordField struct {
	// Name is the field's name in the event's format file, Go the one in the
	// struct.
	Name, Go     string
	Offset, Size uint32
}

// Map is a package-level map variable.
type Map struct {
	Var        *types.Var
	Name       string
	Kind       abi.MapKind
	Key, Value types.Type // Key is uint32 when the kind has no key parameter
	KeySize    uint32
	ValueSize  uint32
	MaxEntries uint32
	Flags      uint32
	// Lock is the byte offset of the SpinLock in a value, nil for none.
	Lock *uint32
	Pos  string
}
